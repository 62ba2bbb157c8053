"""`python benchmarks/merge.py [SHARDS]`: what adding up shards costs, for the paper of campaigns.

Writes shards with as many cells as an audit of all routines has, each cell with a full sample, and
adds up two of them, four, and so on. Prints the size of a shard, seconds of a processor and the
peak of resident memory for each number; the differences are what one more shard costs.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import store
from reports.conclude import conclude, merge

CELLS = 4_000  # of an audit of all routines: routine x claim x dtype x mode
DEPTH = 1024


def shard(run: Path, number: int, records: int) -> None:
    """One shard: a sample of its own in every cell."""
    store.ROUTINES = CELLS // (store.CLAIMS * len(store.DTYPES) * len(store.MODES))
    seeded = store.np.random.default_rng
    store.np.random.default_rng = lambda _: seeded(number)
    store.HEADER["part"] = f"shard {number}"
    store.write(run, records, DEPTH)
    conclude(run)


def main(most: int) -> int:
    """Make shards, add up ever more of them."""
    with tempfile.TemporaryDirectory() as name:
        shards = [Path(name) / f"shard-{number}" for number in range(most)]
        for number, run in enumerate(shards):
            store.apart(shard, run, number, CELLS * 1024)
        size = sum(path.stat().st_size for path in shards[0].rglob("*") if path.is_file()) / 2**20
        print(f"a shard of {CELLS} cells, {size:.1f} MiB", flush=True)  # noqa: T201
        count = 2
        while count <= most:
            _, cpu, peak = store.apart(merge, Path(name) / f"of-{count}", shards[:count])
            print(f"{count:4} shards {cpu:7.1f} s of a processor {peak:7.0f} MiB", flush=True)  # noqa: T201
            count *= 2
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8))
