"""tf.math.reduce_sum, reduce_mean and cumsum: sums along every axis, of one or several."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from properties import lengths
from properties.entries import deviation
from properties.faults import coarse
from properties.linalg.matmul import TERMS
from properties.placed import placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import numeric, sums
from references.audits_numeric import audited


def _place(shape: tuple[int, ...], axis: Any, **arguments: bool) -> Any:
    return (shape,), (("axis", axis), *arguments.items())


PLACES = (
    _place((3,), -1, keepdims=False), _place((32,), 1, keepdims=False),
    _place((3, 5), 1, keepdims=True), _place((3, 5), -1, keepdims=False),
    _place((5, 3), (1, 2), keepdims=False), _place((2, 3, 4), (-1, 1), keepdims=True),
)  # fmt: skip
LARGE = (_place((1000,), 1, keepdims=False), _place((8, 64), -2, keepdims=False))
RUNNING = (
    _place((3,), -1, exclusive=False, reverse=False),
    _place((16,), 1, exclusive=True, reverse=False),
    _place((3, 5), 1, exclusive=False, reverse=True),
    _place((3, 5), -1, exclusive=True, reverse=True),
)
LONG_RUNNING = (("axis", -1), ("exclusive", False), ("reverse", False))
LARGE_RUNNING = (_place((100,), -1, exclusive=False, reverse=False),)


def arrays(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Arrays (B, ...) with the axes to sum over, kept or not."""
    return placed(depth, PLACES, LARGE, in_complex=in_complex, degree=1)


def running(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Arrays (B, ...) with the axis of a running sum, from which end, and if without itself."""
    return placed(depth, RUNNING, LARGE_RUNNING, in_complex=in_complex, degree=1)


def _of_entries(tf, call, x, **arguments):
    return call(coarse(tf, x), **arguments)


def _of_answer(tf, call, x, **arguments):
    return coarse(tf, call(x, **arguments))


def _last_left_out(tf, call, x, **arguments):
    """The last entry along the last axis does not count."""
    return call(tf.concat([x[..., :-1], tf.zeros_like(x[..., -1:])], -1), **arguments)


def _without_one(tf, call, x, **arguments):
    """As if there were one term more than there are."""
    return call(x, **arguments) * 0.96875


def _wrong_way(tf, call, x, exclusive, reverse, **arguments):
    """From the other end."""
    return call(x, exclusive=exclusive, reverse=not reverse, **arguments)


def _with_itself(tf, call, x, exclusive, **arguments):
    """With itself where it should be without, and the other way round."""
    return call(x, exclusive=not exclusive, **arguments)


def _conjugated(tf, call, x, **arguments):
    return call(tf.math.conj(x), **arguments)


ENTRYWISE = Claim(
    name="entrywise",
    measure=deviation(),
    bound="gamma*size + lost",
    unless="steps*eps",
    because="a sum of n numbers is off by gamma_n-1 of the sum of their absolute values, in any "
    "order (Higham 2002, 4.2); a mean by a reciprocal and a product more; sums of complex numbers "
    "are sums of their parts",
    relative=False,
)
COMMON = (
    Fault("half the digits", _of_entries),
    Fault("half the digits of the answer", _of_answer),
    Fault("conjugated", _conjugated, complex=True),
    Fault("last entries left out", _last_left_out),
)


def _row(
    name: str, problems: Any, terms: dict[str, str], *faults: Fault, long: Any = lengths.rows
) -> Routine:
    """A routine of the table: its reference, opinion and audit have its own name."""
    return Routine(
        name=f"math.{name}",
        call=f"math.{name}",
        problems=problems,
        complex_problems=partial(problems, in_complex=True),
        reference=getattr(sums, name),
        rival=getattr(numeric, name),
        audit=audited(name),
        terms=terms,
        excused="4*top/huge",
        claims=(ENTRYWISE,),
        faults=(*COMMON, *faults),
        long=long,
        volume=0.4,
    )


MEAN = {**TERMS, "steps": "terms + 2 + 2*complex"}  # a reciprocal of the number, and a product
REDUCE_SUM = _row("reduce_sum", arrays, TERMS)
REDUCE_MEAN = _row("reduce_mean", arrays, MEAN, Fault("one term too many", _without_one))
CUMSUM = _row(
    "cumsum",
    running,
    TERMS,
    Fault("from the other end", _wrong_way),
    Fault("with or without itself", _with_itself),
    long=partial(lengths.rows, arguments=LONG_RUNNING),
)

test_reduce_sum = verify(REDUCE_SUM)
test_reduce_mean = verify(REDUCE_MEAN)
test_cumsum = verify(CUMSUM)
