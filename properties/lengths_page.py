"""Errors by the length of rows: `python -W ignore -m properties.lengths_page > docs/lengths.md`.

Bounds grow with the number of terms, and errors need not: which algorithm sums up shows in how
they grow. One problem of each length, of numbers of one sign so that nothing cancels.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
from hypothesis import find
from numpy.typing import NDArray

from properties import lengths, recipes
from properties.dtypes import DTYPES
from properties.environment import cpu_features, versions
from properties.examine import Examined, examine
from properties.modes import EAGER, XLA, Library, TensorFlow
from properties.registry import routines
from properties.routine import Problem, Routine
from properties.workers import Worker
from references.truth import Truth

SEED = 2026
TIMES = (EAGER, XLA, "library")
OF = {"logits": "ordinary", "labelled logits": "ordinary", "near one": "near one"}
PAGE = """\
# Errors by length

The largest relative error of an entry, in eps, of rows of 10^4 to 10^7 terms: numbers of one sign,
logits between -8 and 8, factors near 1, full significands of float32. Each cell tells TensorFlow's
eager execution, XLA and NumPy, in this order; a dash is no answer, or one that is not finite.
In the worst case a sum of n numbers, one after another, is off by n/2 eps (Higham 2002, 4.2), by
pairs by log2(n)/2; of a routine that documents no order a bound grants the first. If roundings were
independent, errors would grow like roots of these. So what grows like n is a running sum whose
roundings lean to one side. Audits judge such rows, in blocks of their own.

TensorFlow {version} on a processor with {cpu}. Written by
`python -W ignore -m properties.lengths_page > docs/lengths.md`.

| routine | dtype | 10^4 | 10^5 | 10^6 | 10^7 |
|---|---|---|---|---|---|
"""


def problem_of(routine: Routine, power: int) -> Problem:
    """One stack of a routine's long rows: of the kind and with the arguments that audits set."""
    assert routine.long is not None
    first = find(routine.long(10**power), lambda _: True)
    kind, _, sizes, structure, *_, arguments, _ = (*first.recipe,)
    structure = OF.get(kind, OF.get(structure, "positive"))
    return recipes.problem((kind, 1, sizes, structure, 0, 0, "float32", SEED, arguments))


def errors(examined: Examined, dtype: str, mode: str, backend: str) -> float:
    """The largest relative error of an entry of any array of the answer, in eps."""
    outcomes, truth = examined.outcomes[dtype, mode, backend], examined.truths[dtype]
    if not outcomes.finite.all():
        return np.nan
    parts = [_relative(got, truth, i) for i, got in enumerate(outcomes.arrays)]
    return float(max(part.max(initial=0.0) for part in parts)) / DTYPES[dtype].eps


def _relative(got: NDArray, truth: Truth, part: int) -> NDArray[np.float64]:
    known = truth.parts[part]
    exponent = known.exponent.reshape(-1, *(1,) * (known.hi.ndim - 1))
    with np.errstate(all="ignore"):
        off = np.abs((np.ldexp(got, -exponent) - known.hi) - known.lo)
        found: NDArray[np.float64] = np.where(known.hi != 0, off / np.abs(known.hi), 0.0)
    return found


def rows() -> Iterator[str]:
    """A row of the table for each routine of long rows and dtype."""
    tensorflow = TensorFlow(Worker(), (EAGER, XLA))
    try:
        for name, routine in sorted(routines().items()):
            if routine.long is None:
                continue
            examined = [
                examine(
                    routine, problem_of(routine, power), (tensorflow, Library()),
                    dtypes=("float32", "float64"),
                )
                for power in lengths.EXAMPLES
            ]  # fmt: skip
            for dtype in ("float32", "float64"):
                cells = [" · ".join(_told(one, dtype)) for one in examined]
                yield f"| {name} | {dtype} | {' | '.join(cells)} |"
    finally:
        tensorflow.worker.stop()


def _told(examined: Examined, dtype: str) -> Iterator[str]:
    for mode in TIMES:
        backend = "scipy" if mode == "library" else "tensorflow"
        error = errors(examined, dtype, mode, backend)
        yield "–" if np.isnan(error) else f"{error:.2g}" if error < 100 else f"{error:,.0f}"


def page() -> str:
    """The whole page."""
    told = versions()
    version = next(told[name] for name in told if name.startswith("tensorflow"))
    return (
        PAGE.format(version=version, cpu=", ".join(cpu_features()[1:])) + "\n".join(rows()) + "\n"
    )


if __name__ == "__main__":
    sys.stdout.write(page())
