"""Hypothesis draws recipes: sizes, structure, condition, scale, grid and a four-byte seed.

Hypothesis searches rather than samples: wide integers are heavy-tailed and its mutator copies
values. Hence every field is a `sampled_from` and the seed is raw bytes. Options stand simplest
first, for it shrinks towards the first; what is wanted more often stands there again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from properties import complex_matrices, gallery
from properties.complex_generators import COMPLEX_GENERATORS
from properties.dtypes import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, Dtype
from properties.generators import GENERATORS
from properties.logits import LOGITS
from properties.makers import Recipe, log2_cut
from properties.matrices import CONDITIONED, SYMMETRIC
from properties.recipes import problem
from properties.routine import Problem

GATE = 32  # members; deeper stacks are audits and may hold larger matrices
SEEDS = st.binary(min_size=4, max_size=4)
QUARTERS = (0, 1, 2, 3, 4)  # of the largest condition
SCALES = ("one", "one", "small", "large", "extreme")
FINE = (FLOAT32, FLOAT32, FLOAT64, FLOAT64, BFLOAT16)
PARTS = (FLOAT32, FLOAT32, FLOAT64)  # of complex numbers
ALL = (BFLOAT16, FLOAT16, FLOAT32, FLOAT32, FLOAT64, FLOAT64)

GENERAL = (*CONDITIONED, *gallery.SQUARE, *gallery.RECTANGULAR, *gallery.SINGULAR)
HERMITIAN = (*SYMMETRIC, *gallery.SYMMETRIC_GALLERY)
DEFINITE = (
    *SYMMETRIC, "repeated", "second difference", "pascal", "gram", "integers", "saddle"
)  # fmt: skip
FULL_RANK = (*CONDITIONED, *gallery.RECTANGULAR)
CUT_KNOWN = (*CONDITIONED, "gap", "permutation")  # singular values lie clear of any cut
RANKED = (*CUT_KNOWN, "rank deficient", "integers", "dense", "design", "toeplitz")

ORDERS = ((1,), (2,), (2,), (3,), (3,), (5,), (5,), (8,))
LARGE_ORDERS = ((8,), (16,), (32,))
SHAPES = ((1, 1), (2, 2), (3, 2), (2, 3), (5, 3), (3, 5), (8, 8))
LARGE_SHAPES = ((16, 8), (8, 16), (32, 5))
ADJOINT = ((("adjoint", False),), (("adjoint", True),))
ALL_SHAPES = (*CONDITIONED, *gallery.RECTANGULAR, "rank deficient")  # tall or wide
FACTORS = (
    (("full_matrices", False),), (("full_matrices", False),), (("full_matrices", True),),
    (("compute_uv", False),),
)  # fmt: skip
FULL = ((("full_matrices", False),), (("full_matrices", True),))
RCOND = ((), (), (("rcond", 2.0**-8),), (("rcond", 2.0**-12),))
SOLVERS = tuple(
    (("fast", fast), ("l2_regularizer", regularizer))
    for fast, regularizer in ((False, 0.0), (False, 0.0), (True, 0.0), (True, 2.0**-6), (True, 1.0))
)
# Shapes of one member, with an axis that counts the stack as 0 or from the end.
AXES = (
    ((2,), -1), ((3,), -1), ((3,), 1), ((8,), -1), ((32,), 1), ((1,), -1),
    ((3, 5), -1), ((3, 5), 1), ((3, 5), -2), ((2, 3, 4), 3), ((2, 3, 4), -2), ((2, 3, 4), 1),
)  # fmt: skip
KEEPDIMS = ((("keepdims", False),), (("keepdims", True),))
FEW_ORDERS = ((1,), (2,), (2,), (8,))  # for routines that take seconds to compile
REACHES = (0, 2, 2, 4, 4, 7)  # the largest power of two that a generator is scaled by
LARGE_AXES = (((257,), -1), ((8, 64), 1))


class Chosen(NamedTuple):
    """What Hypothesis decides on: caps are still words and parts of what a grid allows."""

    sizes: tuple[Any, ...]
    structure: str
    quarters: int
    scale: str
    grid: Dtype
    seed: bytes
    arguments: tuple[tuple[str, Any], ...]


def general(depth: int) -> SearchStrategy[Problem]:
    """Square matrices, singular ones too: A (B, n, n), with `adjoint`."""
    return drawn("general", depth, by_depth(depth, ORDERS, LARGE_ORDERS), GENERAL, ALL, ADJOINT)


def square(depth: int) -> SearchStrategy[Problem]:
    """Square matrices A (B, n, n), singular ones too."""
    return drawn("general", depth, by_depth(depth, ORDERS, LARGE_ORDERS), GENERAL, FINE, ((),))


def systems(depth: int) -> SearchStrategy[Problem]:
    """Square systems: A (B, n, n) and b (B, n, k), with `adjoint`."""
    sizes = [(n, k) for (n,) in by_depth(depth, ORDERS, LARGE_ORDERS) for k in (1, 3)]
    return drawn("systems", depth, sizes, GENERAL, FINE, ADJOINT)


def complex_general(depth: int) -> SearchStrategy[Problem]:
    """Square complex matrices, singular ones too: A (B, n, n), with `adjoint`."""
    sizes = by_depth(depth, FEW_ORDERS, LARGE_ORDERS)
    return drawn("complex general", depth, sizes, complex_matrices.STRUCTURES, PARTS, ADJOINT)


def complex_systems(depth: int) -> SearchStrategy[Problem]:
    """Square complex systems: A (B, n, n) and b (B, n, k), with `adjoint`."""
    sizes = [(n, 2) for (n,) in by_depth(depth, FEW_ORDERS, LARGE_ORDERS)]
    return drawn("complex systems", depth, sizes, complex_matrices.STRUCTURES, PARTS, ADJOINT)


def symmetric(depth: int) -> SearchStrategy[Problem]:
    """Symmetric matrices (B, n, n), some with garbage above the diagonal."""
    sizes = by_depth(depth, ORDERS, LARGE_ORDERS)
    return drawn("symmetric", depth, sizes, HERMITIAN, FINE, ((),))


def definite(depth: int) -> SearchStrategy[Problem]:
    """Mostly positive definite (B, n, n), some nearly or not at all, some with garbage above."""
    sizes = by_depth(depth, ORDERS, LARGE_ORDERS)
    return drawn("definite", depth, sizes, DEFINITE, ALL, ((),))


def least_squares(depth: int) -> SearchStrategy[Problem]:
    """Full rank A (B, m, n), tall, wide or square, and b (B, m, k)."""
    sizes = [(m, n, k) for m, n in by_depth(depth, SHAPES, LARGE_SHAPES) for k in (1, 1, 3)]
    return _least_squares("least squares", depth, sizes, FULL_RANK, FINE, SOLVERS)


def complex_least_squares(depth: int) -> SearchStrategy[Problem]:
    """Full rank complex A (B, m, n), and b (B, m, k)."""
    sizes = [(m, n, 2) for m, n in by_depth(depth, SHAPES[-4:], LARGE_SHAPES)]
    solvers = SOLVERS[2], SOLVERS[0], SOLVERS[2], SOLVERS[3]  # no complex128 with a regulariser
    return _least_squares(
        "complex least squares", depth, sizes, complex_matrices.CONDITIONED, PARTS, solvers
    )


def _least_squares(
    kind: str,
    depth: int,
    sizes: Sequence[Any],
    structures: Sequence[str],
    grids: Sequence[Dtype],
    solvers: Sequence[Any],
) -> SearchStrategy[Problem]:
    def largest(chosen: Chosen) -> int:
        bits = chosen.grid.bits - 4
        # The fast way squares the condition: just past the root of 1/eps it has nothing to say.
        return bits // 2 + 3 if dict(chosen.arguments)["fast"] else bits

    def tidy(chosen: Chosen) -> Chosen:
        # A regulariser is one number for the stack: beside it every member keeps its scale.
        regular = dict(chosen.arguments)["l2_regularizer"] > 0
        return chosen._replace(scale="one") if regular else chosen

    return drawn(kind, depth, sizes, structures, grids, solvers, largest, tidy)


def rectangular(depth: int) -> SearchStrategy[Problem]:
    """A (B, m, n) of full or deficient rank, its singular values clear of the cut of pinv."""

    def largest(chosen: Chosen) -> int:
        return max(0, log2_cut(chosen.grid, chosen.sizes, dict(chosen.arguments)) - 4)

    def tidy(chosen: Chosen) -> Chosen:
        # By default the cut is nearer to a singular value of zero than rounding may carry it:
        # nothing is claimed of a deficient rank but with a larger cut.
        clear = (*CUT_KNOWN, "rank deficient")
        return chosen if chosen.structure in clear else chosen._replace(arguments=())

    sizes = by_depth(depth, SHAPES, LARGE_SHAPES)
    return drawn("rectangular", depth, sizes, RANKED, FINE, RCOND, largest, tidy)


def decomposed(depth: int) -> SearchStrategy[Problem]:
    """A (B, m, n) of any condition and rank, with what is wanted of its factors."""
    sizes = by_depth(depth, SHAPES, LARGE_SHAPES)
    return drawn("rectangular", depth, sizes, ALL_SHAPES, FINE, FACTORS)


def generators(depth: int) -> SearchStrategy[Problem]:
    """Matrices (B, n, n) to take the exponential of, some of norms that overflow it."""
    return generated("generators", tuple(GENERATORS), depth)


def complex_generators(depth: int) -> SearchStrategy[Problem]:
    """Complex matrices (B, n, n) to take the exponential of."""
    return generated("complex generators", tuple(COMPLEX_GENERATORS), depth)


def generated(
    kind: str, structures: Sequence[str], depth: int, large: Sequence[Any] = LARGE_ORDERS
) -> SearchStrategy[Problem]:
    """Problems of matrices to take the exponential of, made by this kind of maker."""
    fields = st.tuples(
        st.sampled_from(by_depth(depth, FEW_ORDERS, large)),
        st.sampled_from(structures),
        st.sampled_from(REACHES),
        st.sampled_from(PARTS),
        SEEDS,
    )

    def assembled(values: tuple[Any, ...]) -> Problem:
        sizes, structure, reach, grid, seed = values
        number = int.from_bytes(seed, "big")
        return problem(Recipe(kind, depth, sizes, structure, 0, reach, grid.name, number))

    return fields.map(assembled)


def factored(depth: int) -> SearchStrategy[Problem]:
    """A (B, m, n) of any condition and rank, with `full_matrices`."""
    sizes = by_depth(depth, SHAPES, LARGE_SHAPES)
    return drawn("rectangular", depth, sizes, ALL_SHAPES, ALL, FULL)


def logits(depth: int) -> SearchStrategy[Problem]:
    """Logits x (B, ...) of member rank one to three, with the `axis` to normalise along."""
    return _rows(depth, tuple(LOGITS), ((),))


def summands(depth: int) -> SearchStrategy[Problem]:
    """Logits, also with a sum of exponentials near 1, with `axis` and `keepdims`."""
    return _rows(depth, (*LOGITS, *("cancelling",) * 3), KEEPDIMS)


def _rows(depth: int, structures: Sequence[str], arguments: Sequence[Any]) -> Any:
    places = by_depth(depth, AXES, LARGE_AXES)

    def placed(chosen: Chosen) -> Chosen:
        shape, axis = chosen.sizes
        return chosen._replace(sizes=shape, arguments=(("axis", axis), *chosen.arguments))

    return drawn("logits", depth, places, structures, ALL, arguments, lambda _: 0, placed)


def by_depth(depth: int, small: Sequence[Any], large: Sequence[Any]) -> tuple[Any, ...]:
    """The sizes for stacks of this depth: audits have large ones too."""
    return (*small, *large) if depth > GATE else tuple(small)


def drawn(
    kind: str,
    depth: int,
    sizes: Sequence[Any],
    structures: Sequence[str],
    grids: Sequence[Dtype],
    arguments: Sequence[Any],
    largest: Callable[[Chosen], int] = lambda chosen: chosen.grid.bits + 2,
    tidy: Callable[[Chosen], Chosen] = lambda chosen: chosen,
) -> SearchStrategy[Problem]:
    """Problems of a kind, made of these choices.

    `largest`: the largest log2 condition, 8/eps unless told; `tidy` settles what clashes.
    """
    fields = st.tuples(
        st.sampled_from(list(sizes)),
        st.sampled_from(list(structures)),
        st.sampled_from(QUARTERS),
        st.sampled_from(SCALES),
        st.sampled_from(grids),
        SEEDS,
        st.sampled_from(arguments),
    )

    def assembled(values: tuple[Any, ...]) -> Problem:
        chosen = tidy(Chosen(*values))
        condition = largest(chosen) * chosen.quarters // 4
        return problem(
            Recipe(
                kind=kind,
                depth=depth,
                sizes=chosen.sizes,
                structure=chosen.structure,
                condition=condition,
                scale=log2_scale(chosen.scale, chosen.grid, condition),
                grid=chosen.grid.name,
                seed=int.from_bytes(chosen.seed, "big"),
                arguments=chosen.arguments,
            )
        )

    return fields.map(assembled)


def log2_scale(word: str, grid: Dtype, condition: int) -> int:
    """The largest power of two that members are scaled by.

    `large` leaves squares of entries, inverses and solutions of systems in the range of the
    grid; `small` does so for float16 too where the grid is no finer; `extreme` reaches the ends.
    """

    def room(dtype: Dtype) -> int:
        return max(0, (dtype.max_exponent - condition - 6) // 2)

    return {
        "one": 0,
        "small": min(8, room(grid if grid.bits > FLOAT16.bits else FLOAT16)),
        "large": room(grid),
        "extreme": grid.max_exponent,
    }[word]
