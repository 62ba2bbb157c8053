"""The operations of expression trees, one definition each.

A tree is nested tuples of plain data. Every node is a vector over the last axis, of length one
for scalars, which broadcast:

- `("x",)` the inputs, `("at", i)` one of them, `("const", c)` a constant;
- `("stack", a, b, ...)` a concatenation;
- `(operation, a, ..., data)` an operation of this table, with its plain data last where it has
  any (the exponent of a power, the rows of a matrix).

An operation says how it reads in TensorFlow and how it expands into scalar primitives; the
printed source is the code that runs (properties/calculus/calls.py), the expansion is what balls,
intervals, NumPy and mpmath run. Constants are short dyadic numbers, exact in every format.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from references.program import Builder, Program, Symbol

Tree = tuple[Any, ...]
Vector = list[Symbol]


@dataclass(frozen=True)
class Operation:
    """A function of vectors: `tensorflow` is its source, with {0}, {1} ... for the operands.

    `expand(operands, data)` builds the same function from scalar primitives. `kind` is what it
    makes of lengths: "elementwise" (broadcasts), "reduction" (to one), "vector" (keeps), or
    "matrix" (to the columns of its data).
    """

    name: str
    tensorflow: str
    operands: int
    expand: Callable[[Sequence[Vector], Any], Vector]
    kind: str = "elementwise"
    data: bool = False


def _map(
    name: str, tensorflow: str, apply: Callable[..., Symbol], operands: int, data: bool = False
) -> Operation:
    def expand(vectors: Sequence[Vector], extra: Any) -> Vector:
        length = max(map(len, vectors))
        rows = zip(*(v if len(v) == length else v * length for v in vectors), strict=True)
        return [apply(*row, extra) if data else apply(*row) for row in rows]

    return Operation(name, tensorflow, operands, expand, data=data)


def _primitive(name: str, tensorflow: str) -> Operation:
    return _map(name, f"tf.{tensorflow}({{0}})", lambda x: x.apply(name), 1)


def _sum(xs: Vector) -> Symbol:
    return xs[0].apply("linear", *xs[1:], data=(1.0,) * len(xs)) if len(xs) > 1 else xs[0]


def _product(xs: Vector) -> Symbol:
    result = xs[0]
    for x in xs[1:]:
        result = result * x
    return result


def _shifted(xs: Vector) -> tuple[Symbol, Vector]:
    shift = xs[0].apply("shift", *xs[1:])
    return shift, [x - shift for x in xs]


def _softmax(vectors: Sequence[Vector], data: Any) -> Vector:
    terms = [x.apply("exp") for x in _shifted(vectors[0])[1]]
    total = _sum(terms)
    return [term / total for term in terms]


def _logsumexp(vectors: Sequence[Vector], data: Any) -> Vector:
    shift, xs = _shifted(vectors[0])
    return [_sum([x.apply("exp") for x in xs]).apply("log") + shift]


def _matmul(vectors: Sequence[Vector], rows: Sequence[Sequence[float]]) -> Vector:
    first, *rest = vectors[0]
    return [first.apply("linear", *rest, data=tuple(c)) for c in zip(*rows, strict=True)]


def _select(test: Symbol, x: Symbol, y: Symbol) -> Symbol:
    return test.apply("select", x, y)


_ROW = "axis=-1, keepdims=True"
_TABLE = (
    _map("add", "({0} + {1})", lambda x, y: x + y, 2),
    _map("subtract", "({0} - {1})", lambda x, y: x - y, 2),
    _map("multiply", "({0} * {1})", lambda x, y: x * y, 2),
    _map("divide", "({0} / {1})", lambda x, y: x / y, 2),
    _map("negative", "(-{0})", lambda x: -x, 1),
    _map("power", "tf.pow({0}, {data})", lambda x, c: x.apply("power", data=c), 1, data=True),
    _primitive("square", "square"),
    _primitive("reciprocal", "math.reciprocal"),
    _primitive("sqrt", "sqrt"),
    _primitive("rsqrt", "math.rsqrt"),
    _primitive("exp", "exp"),
    _primitive("expm1", "math.expm1"),
    _primitive("log", "math.log"),
    _primitive("log1p", "math.log1p"),
    _primitive("sin", "sin"),
    _primitive("cos", "cos"),
    _primitive("tan", "tan"),
    _primitive("asin", "asin"),
    _primitive("atan", "atan"),
    _primitive("sinh", "sinh"),
    _primitive("cosh", "cosh"),
    _primitive("tanh", "tanh"),
    _primitive("asinh", "asinh"),
    _primitive("sigmoid", "sigmoid"),
    _primitive("softplus", "math.softplus"),
    _primitive("erf", "math.erf"),
    _map("abs", "tf.abs({0})", lambda x: _select(x, x, -x), 1),
    _map("relu", "tf.nn.relu({0})", lambda x: _select(x, x, x * 0.0), 1),
    _map("maximum", "tf.maximum({0}, {1})", lambda x, y: _select(x - y, x, y), 2),
    _map("minimum", "tf.minimum({0}, {1})", lambda x, y: _select(x - y, y, x), 2),
    _map("where", "tf.where({0} > 0, {1}, {2})", _select, 3),
    Operation("sum", f"tf.reduce_sum({{0}}, {_ROW})", 1, lambda v, _: [_sum(v[0])], "reduction"),
    Operation(
        "mean",
        f"tf.reduce_mean({{0}}, {_ROW})",
        1,
        lambda v, _: [_sum(v[0]) / float(len(v[0]))],
        "reduction",
    ),
    Operation(
        "product", f"tf.reduce_prod({{0}}, {_ROW})", 1, lambda v, _: [_product(v[0])], "reduction"
    ),
    Operation(
        "norm",
        f"tf.norm({{0}}, {_ROW})",
        1,
        lambda v, _: [_sum([x.apply("square") for x in v[0]]).apply("sqrt")],
        "reduction",
    ),
    Operation(
        "dot",
        f"tf.reduce_sum({{0}} * {{1}}, {_ROW})",
        2,
        lambda v, _: [_sum([x * y for x, y in zip(v[0], v[1], strict=True)])],
        "reduction",
    ),
    Operation("logsumexp", f"tf.reduce_logsumexp({{0}}, {_ROW})", 1, _logsumexp, "reduction"),
    Operation("softmax", "tf.nn.softmax({0})", 1, _softmax, "vector"),
    Operation("matmul", "tf.linalg.matmul({0}, constant({data}))", 1, _matmul, "matrix", data=True),
)
OPERATIONS = {operation.name: operation for operation in _TABLE}


def split(tree: Tree) -> tuple[Operation, tuple[Tree, ...], Any]:
    """An inner node as its operation, its operands and its data; KeyError for anything else."""
    operation = OPERATIONS[tree[0]]
    return operation, tree[1 : 1 + operation.operands], tree[-1] if operation.data else None


def source(tree: Tree) -> str:
    """The tree as a Python expression in `tf`, `x` (B, n) and `constant`."""
    match tree:
        case ("x",):
            return "x"
        case ("at", i):
            return f"x[:, {i}:{i + 1}]"
        case ("const", c):
            return f"constant({c!r})"
        case ("stack", *parts):
            return f"tf.concat([{', '.join(map(source, parts))}], axis=-1)"
    operation, operands, data = split(tree)
    return operation.tensorflow.format(*map(source, operands), data=_listed(data))


@lru_cache(maxsize=256)
def lower(tree: Tree, n: int) -> Program:
    """The tree as a program of scalars over n inputs."""
    builder = Builder(n)
    variables = builder.variables()

    def walk(node: Tree) -> Vector:
        match node:
            case ("x",):
                return variables
            case ("at", i):
                return [variables[i]]
            case ("const", c):
                return [builder.constant(c)]
            case ("stack", *parts):
                return [symbol for part in parts for symbol in walk(part)]
        operation, operands, data = split(node)
        return operation.expand([walk(operand) for operand in operands], data)

    return builder.finish(walk(tree))


def names_in(tree: Tree) -> frozenset[str]:
    """The operations that occur in a tree."""
    inner = frozenset[str]().union(*(names_in(t) for t in tree[1:] if _is_tree(t)))
    return inner | {tree[0]} if tree[0] in OPERATIONS else inner


def size(tree: Tree) -> int:
    """The number of nodes."""
    return 1 + sum(size(t) for t in tree[1:] if _is_tree(t))


def _is_tree(item: Any) -> bool:
    return isinstance(item, tuple) and bool(item) and isinstance(item[0], str)


def _listed(data: Any) -> Any:
    return [_listed(item) for item in data] if isinstance(data, tuple) else data
