"""`python benchmarks/memory.py [ANSWERS]`: memory of the line over ten million judged answers.

Prints, for each tenth of them, the resident memory of this process and of all below it, and the
size of what is recorded. Exits with 1 if memory grew by more than SLACK after the first tenth.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # a script of the checkout, run from anywhere

from benchmarks.line import examples, opened  # noqa: E402
from benchmarks.problems import stacks  # noqa: E402
from properties import memory  # noqa: E402
from properties.registry import routines  # noqa: E402
from properties.routine import Problem  # noqa: E402

ANSWERS = 10_000_000
DEPTH, STACKS = 1024, 32
NAMES = ("nn.softmax", "linalg.solve", "linalg.inv")
SLACK = 64  # MiB: what Python's allocator and the C library may keep


def main(answers: int) -> int:
    """Judge so many answers; 0 if memory stayed flat."""
    memory.keep()
    with tempfile.TemporaryDirectory() as folder:
        line = opened(Path(folder))
        judged, seed, resident = 0, 0, []
        while judged < answers:
            name = NAMES[seed % len(NAMES)]
            routine = routines()[name]

            def sit(problem: Problem, routine=routine, name=name) -> None:  # noqa: ANN001
                line.session.sit(routine, problem, name, audited=False)

            seed += 1
            examples(stacks(name, 8, DEPTH), STACKS, sit, seed)
            judged += DEPTH * STACKS
            if judged * 10 // answers > len(resident) or judged >= answers:
                resident.append(mebibytes())
                told = f"{judged:12,} answers  {resident[-1]:7.0f} MiB resident"
                print(f"{told}  {recorded(Path(folder)):9.2f} MiB recorded", flush=True)  # noqa: T201
        line.session.close()
    return int(max(resident) > resident[0] + SLACK)


def mebibytes() -> float:
    """Resident memory of every process of this group."""
    pages = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(process.name)) == os.getpgrp():
                pages += int((process / "statm").read_text().split()[1])
        except (OSError, ValueError):  # it has ended
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def recorded(folder: Path) -> float:
    """What a run has written, in mebibytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ANSWERS))
