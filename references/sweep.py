"""First and second derivatives of programs over whole stacks, in double-double.

The sweep is the one of references/series.py, forward for gradients, except that Hessians come from
a reverse sweep which carries each adjoint together with its own gradient: no product of two
gradients is formed. Nothing here has a radius. What rounding does to automatic differentiation, in
any order and for any arithmetic whose operations and formulas keep the errors of
references/primitives.py, is what references/running.py bounds; this arithmetic keeps them with EPS
for eps, and the bound grows at least in proportion to eps: docs/references.md. It follows that a
derivative computed here is within SHARE of the running bound for float64.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from references.arithmetic import DoubleDoubles
from references.extended import DoubleDouble, Number, double_double, product
from references.primitives import Local
from references.program import PRIMITIVES, Program, flowing
from references.rows import Inputs, places

Array = NDArray[np.float64]
EPS = 2.0**-76  # of the arithmetic of this sweep, elementary functions included
SHARE = EPS / 2.0**-52
FEWEST = 16  # members, of a part of a stack that is not halved again


class Row(NamedTuple):
    """Derivatives (k, B) of a step by the inputs it depends on."""

    entries: DoubleDouble
    inputs: Inputs


def jacobian(program: Program, points: Array) -> DoubleDouble:
    """The Jacobians (B, m, n) at points (B, n); NaN where a formula is not proved."""

    def compute(columns: Array) -> list[Row | None]:
        rows = _forward(program, columns, 1)[1]
        return [rows[k] for k in program.outputs]

    return _safely(compute, np.ascontiguousarray(points.T), len(program.outputs))


def hessian(program: Program, points: Array) -> DoubleDouble:
    """The Hessians (B, n, n) of the only output at points (B, n); NaN likewise."""

    def compute(columns: Array) -> list[Row | None]:
        locals_, rows = _forward(program, columns, 2)
        return _reverse(program, locals_, rows, columns.shape[1])[: program.inputs]

    return _safely(compute, np.ascontiguousarray(points.T), program.inputs)


def _safely(
    compute: Callable[[Array], list[Row | None]], columns: Array, height: int
) -> DoubleDouble:
    """Rows of derivatives at columns (n, B) as (B, height, n), but for what underflows: NaN.

    The processor tells of an underflow, not of where it was: the stack is halved then.
    """
    n, count = columns.shape
    try:
        with np.errstate(all="ignore", under="raise"):
            rows = compute(columns)
    except FloatingPointError:
        if count <= FEWEST:
            return DoubleDouble(*np.full((2, count, height, n), np.nan))
        halves = [
            _safely(compute, np.ascontiguousarray(half), height)
            for half in np.array_split(columns, 2, axis=1)
        ]
        return DoubleDouble(
            np.concatenate([half.hi for half in halves]),
            np.concatenate([half.lo for half in halves]),
        )
    result = DoubleDouble(*np.zeros((2, height, n, count)))
    for i, row in enumerate(rows):
        if row is not None:
            at = places(row.inputs, tuple(range(n)))
            result.hi[i, at], result.lo[i, at] = row.entries.hi, row.entries.lo
    return DoubleDouble(
        *(np.ascontiguousarray(np.moveaxis(x, -1, 0)) for x in (result.hi, result.lo))
    )


def _forward(
    program: Program, columns: Array, order: int
) -> tuple[list[Local | None], list[Row | None]]:
    """Partial derivatives and gradient of every step; None for those of constants."""
    values: list[Number] = []
    locals_: list[Local | None] = []
    rows: list[Row | None] = []
    count = columns.shape[1]
    for step, inputs in zip(program.steps, program.reach, strict=True):
        local, row = None, None
        if step.name == "input":
            value: Number = double_double(columns[step.data])
            row = Row(DoubleDouble(np.ones((1, count)), np.zeros((1, count))), inputs)
        elif step.name == "constant":
            value = double_double(step.data)  # its quotients are no float64 numbers
        else:
            xs = [values[i] for i in step.arguments]
            local = PRIMITIVES[step.name].local(DoubleDoubles, xs, step.data, order)
            value = local.value
            terms = [
                _times(row, local.first[p])
                for p in flowing(step)
                if (row := rows[step.arguments[p]]) is not None
            ]
            row = _added(terms, inputs, count) if inputs else None
        values.append(value)
        locals_.append(local)
        rows.append(row)
    return locals_, rows


def _reverse(
    program: Program, locals_: Sequence[Local | None], rows: Sequence[Row | None], count: int
) -> list[Row | None]:
    """Of every step, the gradient of the output's derivative by it: for inputs, the Hessian."""
    adjoints: list[Number | None] = [None] * len(rows)
    terms: list[list[Row]] = [[] for _ in rows]
    gradients: list[Row | None] = [None] * len(rows)
    adjoints[program.outputs[0]] = 1.0
    for k in reversed(range(len(rows))):
        gradients[k] = gradient = _joined(terms[k], count)
        adjoint, local, arguments = adjoints[k], locals_[k], program.steps[k].arguments
        if adjoint is None or local is None:
            continue
        for p in flowing(program.steps[k]):
            argument = arguments[p]
            if rows[argument] is None:
                continue
            passed, known = product(adjoint, local.first[p]), adjoints[argument]
            adjoints[argument] = passed if known is None else double_double(known) + passed
            if gradient is not None:
                terms[argument].append(_times(gradient, local.first[p]))
        for p, q, factor in local.second:
            row = rows[arguments[q]]
            if row is None or rows[arguments[p]] is None or _is_zero(factor):
                continue
            terms[arguments[p]].append(_times(row, product(adjoint, factor)))
    return gradients


def _is_zero(factor: Number) -> bool:
    return isinstance(factor, float | int) and factor == 0


def _times(row: Row, factor: Number) -> Row:
    return Row(row.entries * factor, row.inputs)


def _joined(terms: Sequence[Row], count: int) -> Row | None:
    if not terms:
        return None
    inputs = tuple(sorted(set().union(*(term.inputs for term in terms))))
    return _added(terms, inputs, count)


def _added(terms: Sequence[Row], inputs: Inputs, count: int) -> Row:
    """The sum of rows: only what two of them share is rounded."""
    if len(terms) == 1 and terms[0].inputs == inputs:
        return terms[0]
    total = DoubleDouble(*np.zeros((2, len(inputs), count)))
    filled: set[int] = set()
    for entries, given in terms:
        at = places(given, inputs)
        if filled.isdisjoint(given):
            total.hi[at], total.lo[at] = entries.hi, entries.lo
        else:
            both = total[at] + entries
            total.hi[at], total.lo[at] = both.hi, both.lo
        filled.update(given)
    return Row(total, inputs)
