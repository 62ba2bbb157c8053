"""Random expression trees: Hypothesis chooses the structure, so that a wrong one shrinks.

Domain-safe by construction: an operand that may leave the domain of its operation, anywhere in
the box that the points are drawn from, is wrapped (its square plus one half, three quarters of
its sine). The range of a tree over the box comes from the intervals that also bound rounding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from references.arithmetic import Intervals
from references.interval import Interval
from references.operations import OPERATIONS, Operation, Tree, lower

LARGEST = 64.0  # of any node: leaves float16 room for products of derivatives
CONSTANTS = (1.0, 2.0, 0.5, -1.0, 1.5, -0.75, 3.0, 0.203125)  # exact in eight bits
EXPONENTS = (2, 3, 0.5, 1.5, -1, 2.5, -0.5, 4)
WEIGHTS = (1.0, 0.0, -1.0, 0.5, 2.0, -1.5)
KINK = ("const", 0.203125)  # branches part here; no point of a coarse grid comes close often


class Domain(NamedTuple):
    """Where an operand may lie, and what it is wrapped in otherwise."""

    low: float
    high: float
    wrap: str  # "positive" or "small"


_POSITIVE = Domain(0.25, math.inf, "positive")
_SMALL = Domain(-4.0, 4.0, "small")
DOMAINS: dict[tuple[str, int], Domain] = {
    ("log", 0): _POSITIVE,
    ("sqrt", 0): _POSITIVE,
    ("rsqrt", 0): _POSITIVE,
    ("reciprocal", 0): _POSITIVE,
    ("divide", 1): _POSITIVE,
    ("log1p", 0): Domain(-0.75, math.inf, "small"),
    ("exp", 0): _SMALL,
    ("expm1", 0): _SMALL,
    ("sinh", 0): _SMALL,
    ("cosh", 0): _SMALL,
    ("tan", 0): Domain(-1.0, 1.0, "small"),
    ("asin", 0): Domain(-0.75, 0.75, "small"),
}
ELEMENTWISE = tuple(o for o in OPERATIONS.values() if o.kind == "elementwise")
REDUCTIONS = tuple(o for o in OPERATIONS.values() if o.kind == "reduction")
LENGTHS = (2, 3, 4, 6, 8)


class Box(NamedTuple):
    """n inputs in [-2^reach, 2^reach], and where the count of operations begins.

    Hypothesis searches and does not sample: it comes back to choices it has made, and left whole
    operations out of hundreds of trees. A count that begins at `turn`, four bytes that are hardly
    ever drawn twice, gives each operation its share.
    """

    n: int
    reach: int
    turn: int


def _turned(draw: st.DrawFn, operations: Sequence[Operation], turn: int) -> Operation:
    chosen = draw(st.sampled_from(range(len(operations))))
    return operations[(chosen + turn) % len(operations)]


@st.composite
def scalars(draw: st.DrawFn, box: Box, depth: int) -> Tree:
    """A tree of length one over the inputs of a box, at most `depth` deep."""
    n, reach, turn = box
    kinds = ("leaf", "elementwise", "elementwise", "reduction") if depth else ("leaf",)
    kind = draw(st.sampled_from(kinds))
    if kind == "leaf":
        return ("at", draw(st.integers(0, n - 1)))
    if kind == "reduction":
        operation = _turned(draw, REDUCTIONS, turn)
        width = draw(st.sampled_from((n, *LENGTHS)))
        operands = [draw(vectors(box, depth - 1, width)) for _ in range(operation.operands)]
        return safe(operation.name, operands, None, n, reach)
    operation = _turned(draw, ELEMENTWISE, turn)
    operands = [draw(scalars(box, depth - 1)) for _ in range(operation.operands)]
    if operation.operands == 2 and draw(st.sampled_from((False, False, False, True))):
        operands[draw(st.integers(0, 1))] = ("const", draw(st.sampled_from(CONSTANTS)))
    return safe(operation.name, operands, _exponent(draw, operation.data), n, reach)


@st.composite
def vectors(draw: st.DrawFn, box: Box, depth: int, width: int) -> Tree:
    """A tree of length `width`: the inputs, several scalars, a map, softmax, a matrix product."""
    n, reach, turn = box
    kinds = ["stack"]
    kinds += ["inputs"] if width == n else []
    kinds += ["elementwise", "softmax", "matmul"] if depth else []
    kind = draw(st.sampled_from(kinds[::-1] if width == n and not depth else kinds))
    if kind == "inputs":
        return ("x",)
    if kind == "stack":
        return ("stack", *(draw(scalars(box, max(depth - 1, 0))) for _ in range(width)))
    if kind == "softmax":
        return safe("softmax", [draw(vectors(box, depth - 1, width))], None, n, reach)
    if kind == "matmul":
        inner = draw(st.sampled_from((n, *LENGTHS)))
        rows = tuple(
            tuple(draw(st.sampled_from(WEIGHTS)) for _ in range(width)) for _ in range(inner)
        )
        return safe("matmul", [draw(vectors(box, depth - 1, inner))], rows, n, reach)
    operation = _turned(draw, ELEMENTWISE, turn)
    operands = [draw(vectors(box, depth - 1, width))]
    while len(operands) < operation.operands:  # the others are scalars: they broadcast
        operands.append(draw(scalars(box, depth - 1)))
    return safe(operation.name, operands, _exponent(draw, operation.data), n, reach)


def safe(name: str, operands: list[Tree], data: object, n: int, reach: int) -> Tree:
    """The operation on operands that are kept inside its domain and its result within LARGEST."""
    if name == "where":
        operands = [("subtract", operands[0], KINK), *operands[1:]]
    for operand_of_this_round in (operands, [_small(tree) for tree in operands]):
        inside = [
            _inside(name, i, tree, data, n, reach) for i, tree in enumerate(operand_of_this_round)
        ]
        tree = (name, *inside) if data is None else (name, *inside, data)
        if _bounded(tree, n, reach):
            break
    return tree


def _exponent(draw: st.DrawFn, wanted: bool) -> float | None:
    return draw(st.sampled_from(EXPONENTS)) if wanted else None


def _inside(name: str, position: int, tree: Tree, data: object, n: int, reach: int) -> Tree:
    domain = DOMAINS.get((name, position))
    if name == "power" and isinstance(data, float | int) and (data < 0 or data != int(data)):
        domain = _POSITIVE
    if domain is None:
        return tree
    low, high = value_range(tree, n, reach)
    if domain.low <= low and high <= domain.high:
        return tree
    return _small(tree) if domain.wrap == "small" else ("add", ("square", tree), ("const", 0.5))


def _small(tree: Tree) -> Tree:
    """Three quarters of the sine; a constant stays as it is."""
    return tree if tree[0] == "const" else ("multiply", ("const", 0.75), ("sin", tree))


def _bounded(tree: Tree, n: int, reach: int) -> bool:
    low, high = value_range(tree, n, reach)
    return -LARGEST <= low and high <= LARGEST


@lru_cache(maxsize=4096)
def value_range(tree: Tree, n: int, reach: int) -> tuple[float, float]:
    """Bounds on every entry of a tree while the inputs lie in [-2^reach, 2^reach]."""
    side = np.array([2.0**reach])
    box = [Interval(-side, side)] * n
    values = lower(tree, n).values(Intervals, box)
    return (
        min(float(np.min(v.lower)) for v in values),
        max(float(np.max(v.upper)) for v in values),
    )
