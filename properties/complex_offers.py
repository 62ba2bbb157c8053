"""Which routines are set no complex numbers: TensorFlow refuses these, or it is said here why not.

`asked` sets each of them one problem, its numbers made complex, in every mode. The table that comes
of it is a part of docs/coverage.md, which `python -m properties.coverage` writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from hypothesis import Phase, given, seed, settings

from properties.dtypes import DTYPES
from properties.protocol import Request
from properties.registry import routines
from properties.routine import Problem, Routine
from properties.workers import Worker

MODES = ("eager", "graph", "xla")
REFUSED, UNEXPLAINED = "refused", "UNEXPLAINED"
ONE = settings(max_examples=1, database=None, deadline=None, phases=[Phase.generate])

# Why a routine that TensorFlow answers is not set complex numbers, by patterns of its name.
NOT_YET = "not yet"
UNSAID = "no promise says which variance of complex numbers is meant"
REASONS: tuple[tuple[str, str], ...] = (
    ("calculus.*", "of functions that the suite writes down for real numbers"),
    ("chapter.*", "numbers of a chapter that are real"),
    ("math.divide.gradient_y", "set as math.divide.complex.gradient"),
    ("math.pow.gradient_x", "set as math.pow.complex.gradient"),
    ("math.squared_difference.gradient_x", "set as math.squared_difference.complex.gradient"),
    ("math.floordiv", "no complex number has a floor; XLA answers the quotient"),
    ("nn.log_poisson_loss", "a loss of counts, which are real"),
    ("linalg.eigh.gradient", f"{NOT_YET}: phases of vectors are free, and the pullback with them"),
    ("linalg.svd.gradient_vectors", f"{NOT_YET}: phases of vectors are free, as of eigh"),
    (
        "nn.normalize_moments*",
        f"{UNSAID}: by its formula that of squares, E z^2 - (E z)^2, by nn.moments that of moduli",
    ),
    (
        "nn.weighted_moments.gradient",
        "by weights, which are real; by data as nn.moments.gradient, whose claim it would share",
    ),
)

HEAD = """\
## Complex numbers

{set} of {all} routines are set complex numbers, by themselves or under the name that has `.complex`
in it. The others, by what TensorFlow {version} makes of one problem of theirs whose numbers are
made complex: which modes answer, or *refused* where none does. *Documented* are those in whose
documentation, or in that of a symbol that they judge, complex numbers are named.

| routine | documented | answers | why not set |
|---|---|---|---|"""


def unset() -> list[str]:
    """The routines that no complex number is set to, under any name."""
    known = routines()
    return [name for name, routine in known.items() if not _in_complex(name, routine, known)]


def _in_complex(name: str, routine: Routine, known: Mapping[str, Routine]) -> bool:
    if routine.complex_problems is not None or any(
        DTYPES[dtype].is_complex for dtype in routine.dtypes if routine.of_numbers
    ):
        return True
    function, gradient, argument = name.partition(".gradient")
    return f"{function}.complex{gradient}{argument}" in known


def asked() -> dict[str, str]:
    """The modes that answer each of them, in words."""
    worker = Worker()
    try:
        return {name: _answers(worker, routines()[name]) for name in unset()}
    finally:
        worker.stop()


def _answers(worker: Worker, routine: Routine) -> str:
    (problem,) = several(routine, 1)
    inputs = tuple(array.astype(np.complex128) for array in problem.inputs)
    told: list[str] = []
    for mode in MODES:
        arguments = dict(problem.arguments)
        reply = worker.ask(
            Request(routine.call, None, mode, "CPU:0", "complex128", arguments, inputs)
        )
        told += [mode] * (reply.outcome == "answer")
    return ", ".join(told) or REFUSED


def several(routine: Routine, count: int) -> list[Problem]:
    """The first problems of two members that Hypothesis draws, the simplest first."""
    drawn: list[Problem] = []

    @seed(1)
    @settings(ONE, max_examples=count)
    @given(problem=routine.problems(2))
    def run(problem: Problem) -> None:
        drawn.append(problem)

    run()
    return drawn


def reason(name: str, answers: str) -> str:
    """Why a routine is set no complex numbers; "UNEXPLAINED" where TensorFlow takes them."""
    if answers == REFUSED:
        return "TensorFlow takes none"
    return next((why for shape, why in REASONS if fnmatchcase(name, shape)), UNEXPLAINED)


def table(answers: Mapping[str, str], documented: Sequence[str], version: str) -> str:
    """The section: a row for each routine that is set none."""
    total = len(routines())
    head = HEAD.format(set=total - len(answers), all=total, version=version)
    return "\n".join([head, *_rows(answers, documented)])


def _rows(answers: Mapping[str, str], documented: Sequence[str]) -> Iterator[str]:
    for name, modes in answers.items():
        promised = "yes" if name in documented else ""
        yield f"| {name} | {promised} | {modes} | {reason(name, modes)} |"


def stored(text: str) -> tuple[dict[str, str], list[str]]:
    """What a page was made from: the answers, and which are documented."""
    rows: list[tuple[str, ...]] = re.findall(
        r"^\| ([\w.]+) \| (yes|) \| ([a-z, ]+) \| .* \|$", text, flags=re.MULTILINE
    )
    answers: dict[str, Any] = {name: modes for name, _, modes in rows}
    return answers, [name for name, promised, _ in rows if promised]
