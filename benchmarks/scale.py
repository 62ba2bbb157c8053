"""`python benchmarks/scale.py`: what a second core brings, and what Dask costs.

The same audit is set by one local worker on one core, by 2 and 4 on two, then in shards: by two
processes that take one shard after another, and by a Dask cluster of two workers on loopback. All
must leave the same records, or the exit code is 1. Efficiency is the time on one core over twice
that of two workers on two: on one core a worker's audits by mpmath take their turns. The
overhead of Dask is its time over that of the two processes. Both include every start of TensorFlow.
Wants a quiet machine of two cores and `distributed`; takes half an hour.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # a script of the checkout, run from anywhere

from properties import campaign  # noqa: E402
from reports.conclude import merge  # noqa: E402
from reports.store import digest_of_records  # noqa: E402

# Routines that cost alike, so that the last one to end keeps nobody waiting for long.
ROUTINES = "solve or inv or softmax or lstsq or cholesky or pinv"
AUDIT = ("--modes", "eager,graph")
EFFICIENCY, OVERHEAD = 0.9, 0.05  # what is wanted


def pytest(run: Path, words: Sequence[str], *more: str, cores: int = 2) -> None:
    """One audit, or a part of one; SystemExit with what it told where it fails."""
    command = (sys.executable, "-m", "pytest", "properties", "-q", "--audit", "--run", str(run))
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(all_cores)[:cores])  # of this thread, and what it starts
    try:
        done = subprocess.run(
            [*command, *words, *more], cwd=ROOT, capture_output=True, text=True, check=False
        )
    finally:
        os.sched_setaffinity(0, all_cores)
    if done.returncode not in (campaign.FINE, campaign.BROKEN):
        raise SystemExit(f"{run.name}: exit {done.returncode}\n{done.stdout[-2000:]}")


def by_processes(run: Path, words: Sequence[str], shards: int) -> None:
    """Shards by two processes without Dask, added up."""
    parts = [run.with_name(f"{run.name}-{number}") for number in range(1, shards + 1)]

    def shard(number: int) -> None:
        pytest(parts[number - 1], words, "-n", "0", "--shard", f"{number}/{shards}")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(shard, range(1, shards + 1)))
    merge(run, parts)


def by_dask(run: Path, words: Sequence[str], shards: int) -> None:
    """The same by the command of campaigns."""
    code = campaign.main([str(run), "--shards", str(shards), "--workers", "2", *words])
    if code != campaign.FINE:
        raise SystemExit(f"campaign: exit {code}")


def main(given: Sequence[str]) -> int:
    """Measure, print a table; 1 where records differ or what is wanted is not reached."""
    parser = ArgumentParser(prog="python benchmarks/scale.py", description=__doc__)
    parser.add_argument("--shards", type=int, default=16)
    parser.add_argument("--max-examples", type=int, default=288, help="of each routine")
    parser.add_argument("-k", default=ROUTINES)
    chosen = parser.parse_args(given)
    words = (*AUDIT, "-k", chosen.k, "--max-examples", str(chosen.max_examples))
    ways: dict[str, Callable[[Path], None]] = {
        "1 worker on one core": lambda run: pytest(run, words, "-n", "1", cores=1),
        "2 workers": lambda run: pytest(run, words, "-n", "2"),
        "4 workers": lambda run: pytest(run, words, "-n", "4"),
        "2 processes, shards": lambda run: by_processes(run, words, chosen.shards),
        "Dask, 2 workers, shards": lambda run: by_dask(run, words, chosen.shards),
    }
    seconds, digests = {}, {}
    with tempfile.TemporaryDirectory() as name:
        pytest(Path(name) / "first", words, "-n", "2", "--max-examples", "1")  # compiles kernels
        for number, (way, start) in enumerate(ways.items()):
            run, begun = Path(name) / str(number), time.monotonic()
            start(run)
            seconds[way] = time.monotonic() - begun
            digests[way] = digest_of_records(run)
            print(f"{way:24} {seconds[way]:7.1f} s  {digests[way]}", flush=True)  # noqa: T201
    efficiency = seconds["1 worker on one core"] / seconds["2 workers"] / 2
    overhead = seconds["Dask, 2 workers, shards"] / seconds["2 processes, shards"] - 1
    told = f"efficiency from 1 to 2 {efficiency:.2f} ({EFFICIENCY} wanted), overhead of Dask "
    print(f"{told}{100 * overhead:.1f} % ({100 * OVERHEAD:g} % wanted)")  # noqa: T201
    if len(set(digests.values())) > 1:
        print("the records differ")  # noqa: T201
        return 1
    return int(efficiency < EFFICIENCY or overhead > OVERHEAD)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
