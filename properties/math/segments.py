"""tf.math.segment_sum, segment_mean, unsorted_segment_sum and unsorted_segment_mean."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from properties import lengths
from properties.entries import deviation
from properties.faults import coarse
from properties.linalg.matmul import TERMS
from properties.math.sums import MEAN
from properties.placed import placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import numeric_statistics, segments
from references.audits_numeric import audited

SORTED = (
    (((5,),), (("segment_ids", (0, 0, 1, 1, 1)),)),
    (((16, 3),), (("segment_ids", (*(0,) * 7, 1, *(3,) * 8)),)),  # the third one is empty
)
UNSORTED = (
    (((5,),), (("num_segments", 3), ("segment_ids", (1, 0, 1, 0, 1)))),
    (((16, 3),), (("num_segments", 4), ("segment_ids", (3, *(0, 1) * 7, 3)))),
)

EQUAL = 2  # segments of equal length that long rows have


def arrays(depth: int, *, places: Any, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Data (B, n, ...) with the segment of each of the n entries."""
    return placed(depth, places, in_complex=in_complex, degree=1)


ENTRYWISE = Claim(
    name="entrywise",
    measure=deviation(),
    bound="max(gamma*size + lost, 0)",
    unless="steps*eps",
    because="a sum of n numbers is off by gamma_n-1 of the sum of their absolute values, in any "
    "order (Higham 2002, 4.2); a mean by a reciprocal and a product more; empty segments are zero",
    relative=False,
)


def _half(tf, call, x, **arguments):
    return call(coarse(tf, x), **arguments)


def _half_of_answer(tf, call, x, **arguments):
    return coarse(tf, call(x, **arguments))


def _backwards(tf, call, x, **arguments):
    """The last segment first."""
    return tf.reverse(call(x, **arguments), [1])


def _moved(tf, call, x, **arguments):
    """Every entry in the segment of the next one."""
    return call(tf.roll(x, 1, 1), **arguments)


def _first_left_out(tf, call, x, **arguments):
    """The first entry does not count."""
    return call(tf.concat([tf.zeros_like(x[:, :1]), x[:, 1:]], 1), **arguments)


def _running(tf, call, x, **arguments):
    """Sums over all segments up to each."""
    return tf.cumsum(call(x, **arguments), 1)


FAULTS = (
    Fault("half the digits", _half),
    Fault("half the digits of the answer", _half_of_answer),
    Fault("segments backwards", _backwards),
    Fault("segments moved", _moved),
    Fault("first entry left out", _first_left_out),
    Fault("running sums", _running),
)


def _row(name: str, places: Any, terms: dict[str, str], *, complex_too: bool = True) -> Routine:
    """A routine of the table: its reference, opinion and audit have its own name."""
    number = (("num_segments", EQUAL),) if places is UNSORTED else ()
    in_complex = partial(arrays, places=places, in_complex=True)
    return Routine(
        name=f"math.{name}",
        call=f"properties.math.calls:{name}",
        problems=partial(arrays, places=places),
        complex_problems=in_complex if complex_too else None,
        reference=getattr(segments, name),
        rival=getattr(numeric_statistics, name),
        audit=audited(getattr(numeric_statistics, name)),
        terms=terms,
        excused="4*top/huge",
        claims=(ENTRYWISE,),
        faults=FAULTS,
        long=partial(
            lengths.rows, arguments=(("segment_ids", EQUAL), *number), in_complex=complex_too
        ),
        volume=0.2,
    )


SEGMENT_SUM = _row("segment_sum", SORTED, TERMS)
SEGMENT_MEAN = _row("segment_mean", SORTED, MEAN)
UNSORTED_SEGMENT_SUM = _row("unsorted_segment_sum", UNSORTED, TERMS)
UNSORTED_SEGMENT_MEAN = _row("unsorted_segment_mean", UNSORTED, MEAN, complex_too=False)

test_segment_sum = verify(SEGMENT_SUM)
test_segment_mean = verify(SEGMENT_MEAN)
test_unsorted_segment_sum = verify(UNSORTED_SEGMENT_SUM)
test_unsorted_segment_mean = verify(UNSORTED_SEGMENT_MEAN)
