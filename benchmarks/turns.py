"""`python benchmarks/turns.py [ROUTINE:N ...]`: line and plain test in turns, by processor time.

On a machine that is busy with other things seconds of the clock say little. Here both sides take
turns on one core, five rounds of each, and what counts is the time that the processor spent on this
process and on those below it, TensorFlow's own among them. Prints the medians and their ratio.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # a script of the checkout, run from anywhere

from benchmarks import plain  # noqa: E402
from benchmarks.line import Line, Watch, one_core, opened  # noqa: E402
from benchmarks.problems import stacks  # noqa: E402
from properties import memory  # noqa: E402
from properties.recipes import problem  # noqa: E402
from properties.registry import routines  # noqa: E402

CASES = ("nn.softmax:8", "nn.softmax:32", "linalg.det:32")
ROUNDS, DEPTH = 5, 1024
SECONDS = 0.75  # of a round of either side, about


def main(cases: list[str]) -> None:
    """A row for each case."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    memory.keep()
    with tempfile.TemporaryDirectory() as folder, one_core():
        line = opened(Path(folder))
        for case in cases or CASES:
            name, _, order = case.partition(":")
            lines, plains = turns(line, name, int(order))
            print(  # noqa: T201
                f"{name}, n = {order}: {1e6 * median(lines):.2f} us a problem, plain test "
                f"{1e6 * median(plains):,.0f} us, ratio {median(plains) / median(lines):.0f}",
                flush=True,
            )
        line.session.close()


def turns(line: Line, name: str, n: int) -> tuple[list[float], list[float]]:
    """Seconds of a processor for a problem, round by round, of the line and of the plain test."""
    routine = routines()[name]

    def drawn(watch: Watch) -> Any:
        return stacks(name, n, DEPTH, watch.timed("draw", problem))

    def line_of(count: int) -> float:
        start = spent()
        judged = line.rounds(routine, drawn, count)["members"]
        return (spent() - start) / judged

    def plain_of(count: int) -> float:
        start = spent()
        plain.run(name, n, count)
        return (spent() - start) / count

    line_of(8), plain_of(4)  # what is compiled and traced once
    count, many = (max(4, int(SECONDS / each)) for each in (line_of(8) * DEPTH, plain_of(8)))
    rounds = [(line_of(count), plain_of(many)) for _ in range(ROUNDS)]
    return [one for one, _ in rounds], [other for _, other in rounds]


def spent() -> float:
    """Seconds of a processor that this process and all below it have taken."""
    parents, ticks = {}, {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            told = (path / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        number = int(path.name)
        parents[number], ticks[number] = int(told[1]), int(told[11]) + int(told[12])
    family = {os.getpid()}
    while below := {child for child, parent in parents.items() if parent in family} - family:
        family |= below
    return sum(ticks.get(number, 0) for number in family) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main(sys.argv[1:])
