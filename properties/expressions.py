"""Writing expression trees as formulas: operators and functions that build nested tuples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from references.operations import Tree


@dataclass(frozen=True)
class Expression:
    """A tree with Python's operators; numbers become constants."""

    tree: Tree

    def __add__(self, other: Expression | float) -> Expression:
        return _node("add", self, other)

    def __radd__(self, other: float) -> Expression:
        return _node("add", other, self)

    def __sub__(self, other: Expression | float) -> Expression:
        return _node("subtract", self, other)

    def __rsub__(self, other: float) -> Expression:
        return _node("subtract", other, self)

    def __mul__(self, other: Expression | float) -> Expression:
        return _node("multiply", self, other)

    def __rmul__(self, other: float) -> Expression:
        return _node("multiply", other, self)

    def __truediv__(self, other: Expression | float) -> Expression:
        return _node("divide", self, other)

    def __rtruediv__(self, other: float) -> Expression:
        return _node("divide", other, self)

    def __neg__(self) -> Expression:
        return _node("negative", self)

    def __pow__(self, exponent: float) -> Expression:
        return Expression(("power", self.tree, exponent))


X = Expression(("x",))


def at(i: int) -> Expression:
    """Input number i."""
    return Expression(("at", i))


def inputs(n: int) -> list[Expression]:
    """The first n inputs."""
    return [at(i) for i in range(n)]


def apply(name: str, *operands: Expression | float) -> Expression:
    """An operation of references/operations.py."""
    return _node(name, *operands)


def matmul(x: Expression, rows: Sequence[Sequence[float]]) -> Expression:
    """A row vector times a constant matrix."""
    return Expression(("matmul", x.tree, tuple(tuple(map(float, row)) for row in rows)))


def stack(*parts: Expression) -> Expression:
    """Several functions as one vector."""
    return Expression(("stack", *(part.tree for part in parts)))


def _node(name: str, *operands: Expression | float) -> Expression:
    return Expression((name, *map(_tree, operands)))


def _tree(x: Any) -> Tree:
    return x.tree if isinstance(x, Expression) else ("const", float(x))
