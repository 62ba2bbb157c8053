"""Where a finding is furthest off: one entry of the answer beside the true one, in words."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np
from numpy.typing import NDArray

from reports.cases import array_of, entries_of
from reports.plain import RunError
from reports.record import Finding

HUGE = Decimal("1e9999")


def furthest(finding: Finding) -> str:
    """A line that names the entry; empty where there is one only, or none to compare.

    Entries that are no numbers come first. Of a vector the largest error relative to the true
    entry counts, of a matrix the largest error: its small entries are small by cancellation.
    """
    for place, (got, true) in enumerate(zip(finding.got, finding.true, strict=False), 1):
        pair = _pair(got, true)
        if pair is None:
            continue
        found, exact, written = pair
        at = _worst(found, exact)
        if at is None:
            continue
        index = tuple(int(i) for i in np.unravel_index(at, found.shape))
        part = f" of part {place}" if len(finding.got) > 1 else ""
        named = f"[{', '.join(map(str, index))}]"
        told = f"got {found.flat[at]!s}, true {written[at]}"
        return f"entry {named}{part}{_input(finding, found.shape, at)}: {told}"
    return ""


def _pair(got: object, true: object) -> tuple[NDArray, NDArray, tuple[str, ...]] | None:
    """An answer, the true one (k,) as decimals, and as it is written."""
    try:
        found, (shape, written) = array_of(got), entries_of(true)
        exact = np.array([Decimal(text) for text in written], object)
    except (RunError, ArithmeticError):  # complex numbers are written in two parts
        return None
    if found.shape != shape or found.size < 2 or np.iscomplexobj(found):
        return None
    return found, exact, written


def _worst(found: NDArray, exact: NDArray) -> int | None:
    """The place of the entry that is furthest off; None where all are right."""
    with localcontext() as context:
        context.clear_traps()  # a hostile exponent is an infinity
        errors = [_error(Decimal(x), y) for x, y in zip(found.flat, exact, strict=True)]
        if found.ndim < 2:
            pairs = zip(errors, exact, strict=True)
            errors = [_relative(error, true) if error else error for error, true in pairs]
    return max(range(len(errors)), key=errors.__getitem__) if any(errors) else None


def _error(got: Decimal, true: Decimal) -> Decimal:
    """|got - true|, HUGE where one of them is no finite number and the other another."""
    if got.is_finite() and true.is_finite():
        return abs(got - true)
    same = got == true or (got.is_nan() and true.is_nan())
    return Decimal(0) if same else HUGE


def _relative(error: Decimal, true: Decimal) -> Decimal:
    return min(error / abs(true), HUGE) if error < HUGE and true else HUGE


def _input(finding: Finding, shape: tuple[int, ...], at: int) -> str:
    """The numbers of the same place in the inputs, where these are vectors of the same shape."""
    if len(shape) > 1:
        return ""
    try:
        inputs = [array_of(part) for part in finding.inputs]
    except RunError:
        return ""
    if not inputs or any(array.shape != shape for array in inputs):
        return ""
    return f", of the input {', '.join(str(array.flat[at]) for array in inputs)}"
