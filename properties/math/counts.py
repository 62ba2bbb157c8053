"""tf.math.bincount with weights, which sums them by bin, and tf.math.zero_fraction."""

from __future__ import annotations

from functools import partial

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.linalg.matmul import TERMS
from properties.math import segments
from properties.placed import Place, placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import counts, numeric_statistics
from references.audits_numeric import audited


def _place(n: int, arr: tuple[int, ...], **arguments: int) -> Place:
    return ((n,),), (("arr", arr), *arguments.items())


BINS = (
    _place(5, (1, 0, 1, 0, 1), minlength=3, by_row=True),  # the last bin is empty
    _place(16, (3, *(0, 1) * 7, 3), by_row=True),
    _place(16, (3, *(0, 1) * 7, 3), by_row=False),
    _place(8, (0, 5, 1, 5, 0, 1, 4, 0), maxlength=4, by_row=False),  # three are skipped
)
PARTS = tuple(((shape,), ()) for shape in ((3,), (33,), (5, 7)))


def weights(depth: int) -> SearchStrategy[Problem]:
    """Weights (B, n) with the number of the bin of each of the n."""
    return placed(depth, BINS, degree=1)


def arrays(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Arrays (B, ...), many of whose entries are zero in some."""
    structures = ("mostly zero", "dense", "graded", "unit")
    return placed(depth, PARTS, in_complex=in_complex, structures=structures, degree=1)


def _counted(tf, call, x, **arguments):
    """As if every weight were 1."""
    return call(tf.ones_like(x), **arguments)


def _in_the_last(tf, call, x, *, arr, maxlength=None, **arguments):
    """What lies beyond the last bin is added to it."""
    last = max(arr) if maxlength is None else maxlength - 1
    return call(x, arr=tuple(min(i, last) for i in arr), maxlength=maxlength, **arguments)


BINCOUNT = Routine(
    name="math.bincount",
    call="properties.math.calls:bincount",
    problems=weights,
    reference=counts.bincount,
    rival=numeric_statistics.bincount,
    audit=audited(numeric_statistics.bincount),
    terms=TERMS,
    excused="4*top/huge",
    claims=(segments.ENTRYWISE,),
    faults=(*segments.FAULTS, Fault("counted", _counted), Fault("last bin", _in_the_last)),
    volume=0.2,
)


def _nonzero(tf, call, x):
    return 1 - call(x)


def _small_ones(tf, call, x):
    """Entries below the square root of eps count as zeros."""
    return call(tf.where(tf.abs(x) < 2.0**-12, tf.zeros_like(x), x))


def _one_too_many(tf, call, x):
    n = 1
    for size in x.shape[1:]:
        n *= size
    return call(x) * n / (n + 1)


def _in_half(tf, call, x):
    found = call(x)
    return tf.cast(tf.cast(found / 2, tf.bfloat16) * 2, found.dtype)


TWICE = "2 + 2.0**-20"
ZERO_FRACTION = Routine(
    name="math.zero_fraction",
    call="properties.math.calls:zero_fraction",
    problems=arrays,
    complex_problems=partial(arrays, in_complex=True),
    reference=counts.zero_fraction,
    rival=numeric_statistics.zero_fraction,
    audit=audited(numeric_statistics.zero_fraction),
    terms={
        "roundings": {"": "1", "graph": TWICE, "xla": TWICE},
        "cast": "0.502*min(max(eps*2.0**23 - 1, 0), 1)",  # 0 in float32 and finer dtypes
    },
    claims=(
        Claim(
            name="fraction",
            measure=deviation(),
            bound="max((roundings*2.0**-24/eps + cast)*size, 0)",
            because="two whole numbers that float32 holds, whatever the dtype of the input, and a "
            "quotient that rounds once, or twice by a reciprocal of the size, which graphs know; "
            "in 16 bits, which answers are cast to, once more",
            relative=False,
        ),
    ),
    faults=(
        Fault("those that are not zero", _nonzero),
        Fault("what is small counts as zero", _small_ones),
        Fault("one too many", _one_too_many),
        Fault("in bfloat16", _in_half),
    ),
    volume=0.2,
)

test_bincount = verify(BINCOUNT)
test_zero_fraction = verify(ZERO_FRACTION)
