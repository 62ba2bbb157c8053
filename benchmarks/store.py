"""`python benchmarks/store.py [RECORDS] [DEPTH]`: ten million records written, added up, reported.

Prints for each step its seconds, the peak of its resident memory and what lies on disk after it.
Exits with 1 if the report takes 30 seconds or 2 GB, the limits that docs/store.md states.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # a script of the checkout, run from anywhere

from reports.cases import smallest  # noqa: E402
from reports.conclude import conclude  # noqa: E402
from reports.html import html  # noqa: E402
from reports.ledger import Ledger  # noqa: E402
from reports.markdown import markdown  # noqa: E402
from reports.record import BROKEN, HELD, Answers, Cell, Item, Records, Stack  # noqa: E402
from reports.store import Spool  # noqa: E402
from reports.text import render  # noqa: E402
from reports.verdict import run_verdict  # noqa: E402

RECORDS, DEPTH = 10_000_000, 1024
ROUTINES, CLAIMS, DTYPES, MODES = 10, 4, ("float32", "float64"), ("eager", "graph", "xla")
SECONDS, MEBIBYTES = 30.0, 2048.0  # what a report may take
HEADER = {
    "versions": {}, "device": "CPU:0", "cpu": [], "flags": {}, "commit": "", "seed": 0,
    "started": "", "argv": [],
}  # fmt: skip


def main(records: int, depth: int) -> int:
    """Each step in a process of its own; 0 if the report stays within its limits."""
    steps: tuple[tuple[str, Callable[..., None]], ...] = (
        ("recorded, a sample", write),
        ("reported from the spool", report),
        ("added up, Parquet", conclude),
        ("reported", report),
        ("recorded, all rows", write_all),
        ("added up, Parquet", conclude),
        ("reported", report),
    )
    over = False
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, step) in enumerate(steps):
            run = Path(folder) / ("all" if number >= 4 else "sample")
            words = (records, depth) if step in (write, write_all) else ()
            seconds, cpu, peak = apart(step, run, *words)
            size = sum(p.stat().st_size for p in run.rglob("*") if p.is_file()) / 2**20
            told = (
                f"{name:24} {seconds:7.1f} s, {cpu:6.1f} s of a processor  {peak:7.0f} MiB resident"
            )
            told += f"  {size:7.1f} MiB on disk"
            if words:
                told += f"  {1e6 * cpu / records:.3f} us a record"
            print(told, flush=True)  # noqa: T201
            over |= step is report and (seconds > SECONDS or peak > MEBIBYTES)
    return int(over)


def apart(step: Callable[..., None], *words: object) -> tuple[float, float, float]:
    """Seconds of a step in a fresh process, by the clock and of a processor; its peak in MiB."""
    context = get_context("spawn")
    queue = context.SimpleQueue()
    process = context.Process(target=_timed, args=(queue, step, *words))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(process.exitcode)
    return queue.get()


def _timed(queue, step: Callable[..., None], *words: object) -> None:  # noqa: ANN001
    start = time.perf_counter()
    step(*words)
    seconds = time.perf_counter() - start
    queue.put((seconds, time.process_time(), getrusage(RUSAGE_SELF).ru_maxrss / 2**10))


def write(run: Path, records: int, depth: int, rows: str = "sample") -> None:
    """So many records of stacks of random members; in every hundredth stack some broke."""
    rng = np.random.default_rng(1)
    structures = np.array(["dense", "graded", "clustered", "spectrum"])
    errors = np.exp2(rng.normal(-6, 2, (64, depth)))
    with Spool(run, "main", {**HEADER, "claims": []}, rows=rows) as spool:
        written = number = 0
        while written < records:
            routine = f"linalg.routine{number % ROUTINES}"
            digest = f"{number:016x}"
            stack = Stack(
                routine, "block", digest, rng.integers(0, 2**64 - 1, depth, np.uint64), (),
                {"n": 8}, {},
                {"structure": structures[rng.integers(0, 4, depth)],
                 "log2_scale": rng.integers(-900, 900, depth)},
                {"kappa": np.exp2(rng.random(depth) * 40)},
            )  # fmt: skip
            items: list[Item] = [stack]
            for dtype in DTYPES:
                for mode in MODES:
                    asked = (dtype, mode, "tensorflow")
                    items.append(Answers(digest, routine, *asked, np.zeros(depth, np.int8), {}))
                    for claim in range(CLAIMS):
                        error = errors[rng.integers(64)] * rng.random()
                        error *= 100.0 if number % 100 == 0 else 1.0
                        verdict = np.where(error > 8, np.int8(BROKEN), np.int8(HELD))
                        cell = Cell(routine, f"claim {claim}", *asked)
                        items.append(Records(digest, cell, error, np.full(depth, 8.0), verdict))
                        written += depth
            spool.extend(items, {})
            number += 1


def write_all(run: Path, records: int, depth: int) -> None:
    """The same with every member written down."""
    write(run, records, depth, "all")


def report(run: Path) -> None:
    """What `show` and `report` do."""
    verdict = run_verdict(run, Ledger())
    told = list(smallest(run).values())
    for text in (render(verdict), markdown(verdict, told), html(verdict, told)):
        os.write(os.open(os.devnull, os.O_WRONLY), text.encode())


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*(given + [RECORDS, DEPTH][len(given) :])))
