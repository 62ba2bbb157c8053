"""tf.linalg.matrix_rank: how many singular values lie above a cut-off, its own or a given one."""

from __future__ import annotations

from hypothesis.strategies import SearchStrategy

from properties.draws import (
    FINE,
    LARGE_SHAPES,
    RANKED,
    SHAPES,
    Chosen,
    by_depth,
    drawn,
)
from properties.dtypes import UNDERFLOW_RECTANGLE
from properties.faults import coarse
from properties.linalg.svd import BECAUSE
from properties.makers import log2_cut
from properties.measures import absolute
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import audits_spectral, opinions
from references.ranks import matrix_rank

TOLERANCES = ((), (("tol", 2.0**-8),), (("tol", 2.0**-12),))


def matrices(depth: int) -> SearchStrategy[Problem]:
    """A (B, m, n) of full or deficient rank, its singular values clear of the cut-off."""

    def most(chosen: Chosen) -> int:
        return max(0, log2_cut(chosen.grid, chosen.sizes, dict(chosen.arguments)) - 4)

    def tidy(chosen: Chosen) -> Chosen:
        # A given cut-off is absolute and one number for the stack: every member keeps its scale.
        return chosen._replace(scale="one") if chosen.arguments else chosen

    sizes = by_depth(depth, SHAPES, LARGE_SHAPES)
    structures = (*RANKED, *("gap",) * 12)  # whose members differ in rank
    return drawn("rectangular", depth, sizes, structures, FINE, TOLERANCES, most, tidy)


def _of_gram(tf, call, a, **arguments):
    """The rank of A^T A: singular values squared before the cut."""
    return call(tf.matmul(a, a, transpose_a=True), **arguments)


def _by_rows(tf, call, a, **arguments):
    """How many rows are not zero."""
    return tf.reduce_sum(tf.cast(tf.reduce_any(a != 0, axis=-1), a.dtype), axis=-1)


MATRIX_RANK = Routine(
    name="linalg.matrix_rank",
    call="properties.linalg.calls:matrix_rank",
    problems=matrices,
    reference=matrix_rank,
    rival=opinions.matrix_rank,
    audit=audits_spectral.matrix_rank,
    by_dtype=True,
    terms={
        "small": "min(m, n)",
        "large": "max(m, n)",
        "factors": "2*sqrt(small)*(sqrt(large) + 5) + 10*sqrt(small*large)*tiny/eps",
        "underflow": UNDERFLOW_RECTANGLE,
        "eta": "2*factors + underflow",
    },
    claims=(
        Claim(
            name="rank",
            measure=absolute(),
            bound="0",
            unless="max(2*sqrt(small)*(eta + 1)*eps/margin, norm*(1 + eta*eps)/huge)",
            relative=False,
            because="no singular value crosses the cut-off that lies further from it than it "
            "moves, by the norm of the backward error at most (Weyl), the cut-off moving with the "
            "largest, which must not overflow; " + BECAUSE,
        ),
    ),
    faults=(
        Fault("rank of the Gram matrix", _of_gram),
        Fault("rows that are not zero", _by_rows),
        Fault("cut-off ignored", lambda tf, call, a, tol=None: call(a, tol=0.0)),
        Fault("cut-off of 1/4", lambda tf, call, a, tol=None: call(a, tol=0.25)),
        Fault("default cut-off always", lambda tf, call, a, tol=None: call(a)),
        Fault("one too many", lambda tf, call, a, **k: call(a, **k) + 1),
        Fault("four digits of the matrix", lambda tf, call, a, **k: call(
            tf.round(a * 16) / 16, **k)),
        Fault("half the digits of the matrix", lambda tf, call, a, **k: call(coarse(tf, a), **k)),
    ),
    volume=0.6,
)  # fmt: skip

test_matrix_rank = verify(MATRIX_RANK)
