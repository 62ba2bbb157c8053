"""tf.linalg.LinearOperatorBlockLowerTriangular: systems by substitution, block by block."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis.strategies import SearchStrategy

from properties import complex_matrices
from properties.draws import FINE, GENERAL, PARTS, Chosen, by_depth, drawn
from properties.dtypes import UNDERFLOW_SYSTEM
from properties.embedding import SYSTEM
from properties.faults import coarse
from properties.measures import columnwise, ratio
from properties.residuals import residual
from properties.routine import Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references import blocks as references
from references.interval import Interval, largest

BLOCKS = ((1, 1), (2, 1), (1, 2, 2), (3, 2, 3))
LARGE_BLOCKS = ((8, 8), (5, 1, 10, 16))


def systems(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """A (B, n, n) with garbage in the blocks above the diagonal, b (B, n, 2); and `blocks`.

    The ends of the range are left to linalg.solve, which is called for the blocks.
    """
    sizes = {sum(blocks): blocks for blocks in by_depth(depth, BLOCKS, LARGE_BLOCKS)}

    def split(chosen: Chosen) -> Chosen:
        scale = "one" if chosen.scale == "one" else "small"
        return chosen._replace(arguments=(("blocks", sizes[chosen.sizes[0]]),), scale=scale)

    kind = "complex systems" if in_complex else "systems"
    structures = complex_matrices.STRUCTURES if in_complex else GENERAL
    grids = PARTS if in_complex else FINE
    return drawn(kind, depth, [(n, 2) for n in sizes], structures, grids, ((),), tidy=split)


def complex_systems(depth: int) -> SearchStrategy[Problem]:
    """The same of complex numbers."""
    return systems(depth, in_complex=True)


def backward(case: Case) -> Interval:
    """The largest ||b - A x|| / (||A|| ||x|| + ||b||) of a right-hand side, infinity norms."""
    a, b = case.problem.inputs
    read = references.read(case.problem.arguments["blocks"])
    parts = a.shape[1] // len(read)  # two of an embedded matrix
    left = residual(np.where(np.tile(read, (parts, parts)), a, 0.0), case.answer[0], b)
    norm_a = Interval(left.a.lower[:, None], left.a.upper[:, None])
    return largest(ratio(left.r, norm_a * left.x + left.b, case.dtype.eps))


def _split(tf: Any, blocks: tuple[int, ...], dtype: Any) -> Any:
    """One in the blocks on the diagonal, zero elsewhere."""
    row = tf.repeat(tf.range(len(blocks)), blocks)
    return tf.cast(row[:, None] == row, dtype)


def _uncoupled(tf: Any, call: Any, a: Any, b: Any, *, blocks: tuple[int, ...]) -> Any:
    """The blocks on the diagonal alone."""
    return call(a * _split(tf, blocks, a.dtype), b, blocks=blocks)


def _added(tf: Any, call: Any, a: Any, b: Any, *, blocks: tuple[int, ...]) -> Any:
    """What is below the diagonal added where it is to be subtracted."""
    return call(a * (2 * _split(tf, blocks, a.dtype) - 1), b, blocks=blocks)


def _inverted(tf: Any, call: Any, a: Any, b: Any, *, blocks: tuple[int, ...]) -> Any:
    """Blocks on the diagonal transposed."""
    here = _split(tf, blocks, a.dtype)
    return call(a * (1 - here) + tf.linalg.matrix_transpose(a) * here, b, blocks=blocks)


def _all_read(tf: Any, call: Any, a: Any, b: Any, *, blocks: tuple[int, ...]) -> Any:
    """Blocks above the diagonal read: the whole matrix solved with."""
    return call(a, b, blocks=(sum(blocks),))


def _normal(tf: Any, call: Any, a: Any, b: Any, *, blocks: tuple[int, ...]) -> Any:
    """The last block by its normal equations."""
    n = blocks[-1]
    x = call(a, b, blocks=blocks)
    left, last = a[..., -n:, :-n], a[..., -n:, -n:]
    rest = b[..., -n:, :] - tf.matmul(left, x[..., :-n, :])
    gram = tf.matmul(last, last, adjoint_a=True)
    return tf.concat(
        [x[..., :-n, :], tf.linalg.solve(gram, tf.matmul(last, rest, adjoint_a=True))], -2
    )


BLOCK_LOWER_TRIANGULAR = Routine(
    name="linalg.LinearOperatorBlockLowerTriangular",
    call="properties.linalg.operators:block_lower_triangular",
    problems=systems,
    complex_problems=complex_systems,
    embedding=SYSTEM,
    reference=references.block_lower_triangular,
    rival=references.rival,
    audit=references.audit,
    terms={
        "gamma": "1.5*(n + 5*complex)/(1 - 1.5*(n + 5*complex)*eps)",
        "rows": "n*(1 + complex)",
        "carried": "0.505*(rows + 3)",
        "eta": {
            "": f"gamma*growth + 1 + carried + {UNDERFLOW_SYSTEM}",
            "xla": "((rows + 5*sqrt(rows))*(columns + sqrt(rows)) + rows)*block + carried"
            f" + {UNDERFLOW_SYSTEM}",
        },
        "spread": "eta*kappa",
    },
    excused="2*eps*spread",
    claims=(
        Claim(
            name="backward",
            measure=backward,
            bound="1.01*eta",
            because="what is carried over from blocks before, b_k - A_k1 x_1 - ..., is off by "
            "gamma_n+1 of ||A|| ||x|| + ||b|| (Higham 2002, 3.1; in complex arithmetic sums are "
            "of twice as many products of parts); the system of a block on the diagonal then has "
            "the backward error of linalg.solve, growth and columns those of such blocks, relative "
            "to norms that are no larger than ||A||; where XLA multiplies by an inverse, that of "
            "the inverse times the condition of a block (14.1)",
        ),
        Claim(
            name="forward",
            measure=columnwise,
            bound="2.02*spread/(1 - eps*spread)",
            unless="2.02*eps*spread",
            because="twice the backward error, for A and for b, times kappa (Higham 2002, 7.2)",
        ),
    ),
    faults=(
        Fault("blocks below forgotten", _uncoupled),
        Fault("blocks below added", _added),
        Fault("blocks transposed", _inverted),
        Fault("blocks above read", _all_read),
        Fault("last block by normal equations", _normal),
        Fault("half the digits of the matrix",
              lambda tf, call, a, b, **k: call(coarse(tf, a), b, **k)),
        Fault("half the digits of the answer",
              lambda tf, call, a, b, **k: coarse(tf, call(a, b, **k))),
        Fault("conjugated", lambda tf, call, a, b, **k: call(tf.math.conj(a), b, **k),
              complex=True),
    ),
    volume=0.4,
)  # fmt: skip

test_block_lower_triangular = verify(BLOCK_LOWER_TRIANGULAR)
