"""First and second derivatives of programs over balls, proved to any precision.

Forward sweep: each step's value and its gradient, a row of balls. For a function with one output
a reverse sweep then gives its derivative a_k with respect to each step, and the Hessian is
D' W D, where D stacks the gradients and W holds a_k times the second partial derivatives of step k
at its arguments (Faa di Bruno's formula of order two; Griewank and Walther 2008, 3.4 and 7.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from flint import arb, arb_mat

from references.primitives import Local, Number
from references.program import PRIMITIVES, Program


class Balls:
    """python-flint's real balls at the working precision of its context."""

    exp, expm1, log, log1p, sqrt = arb.exp, arb.expm1, arb.log, arb.log1p, arb.sqrt
    sin, cos, tan, asin, atan = arb.sin, arb.cos, arb.tan, arb.asin, arb.atan
    sinh, cosh, tanh, asinh, erf = arb.sinh, arb.cosh, arb.tanh, arb.asinh, arb.erf
    sin_cos, sinh_cosh = arb.sin_cos, arb.sinh_cosh
    constant = arb

    @staticmethod
    def square(x: arb) -> arb:
        return x * x

    @staticmethod
    def power(x: arb, exponent: float) -> arb:
        return x ** (int(exponent) if exponent == int(exponent) else arb(exponent))

    @staticmethod
    def combine(coefficients: Sequence[float], xs: Sequence[arb]) -> arb:
        terms = (x if c == 1 else x * c for c, x in zip(coefficients, xs, strict=True))
        return sum(terms, start=arb(0))

    @staticmethod
    def largest(xs: Sequence[arb]) -> arb:
        return max(xs, key=float)

    @staticmethod
    def detach(x: arb) -> arb:
        """The middle of a ball: any constant near the largest entry serves as a shift."""
        return x.mid()

    @staticmethod
    def choose(test: arb, x: arb, y: arb) -> tuple[arb, arb, arb]:
        """x where the ball of the test holds zero: a kink, where nothing is judged."""
        return (y, arb(0), arb(1)) if test < 0 else (x, arb(1), arb(0))

    @staticmethod
    def two_over_root_pi() -> arb:
        return 2 / arb.const_sqrt_pi()


class Derivatives(NamedTuple):
    """Values (m), gradients (m rows of n) and, of the first output, the Hessian (n, n)."""

    values: list[arb]
    jacobian: list[arb_mat]
    hessian: arb_mat | None


def jacobian_at(program: Program, point: Sequence[float]) -> arb_mat:
    """The Jacobian (m, n) at finite numbers, at flint's working precision."""
    rows = derivatives(program, point).jacobian
    return arb_mat(len(rows), program.inputs, [x for row in rows for x in row.entries()])


def hessian_at(program: Program, point: Sequence[float]) -> arb_mat:
    """The Hessian (n, n) of the only output at finite numbers."""
    found = derivatives(program, point, second=True).hessian
    assert found is not None
    return found


def derivatives(program: Program, point: Sequence[float], *, second: bool = False) -> Derivatives:
    """Enclosures of value, Jacobian and (of the first output) Hessian at finite numbers."""
    values: list[arb] = []
    rows: list[arb_mat | None] = []
    locals_: list[Local | None] = []
    for step in program.steps:
        local, row = None, None
        if step.name == "input":
            value: Number = arb(point[step.data])
            row = arb_mat(1, program.inputs, [int(i == step.data) for i in range(program.inputs)])
        elif step.name == "constant":
            value = arb(step.data)
        else:
            xs = [values[i] for i in step.arguments]
            local = PRIMITIVES[step.name].local(Balls, xs, step.data, 2 if second else 1)
            value = local.value
            row = _combination(local.first, [rows[i] for i in step.arguments])
        values.append(value)
        rows.append(row)
        locals_.append(local)
    jacobian = [_row(rows[k], program.inputs) for k in program.outputs]
    found = _hessian(program, rows, locals_) if second else None
    return Derivatives([values[k] for k in program.outputs], jacobian, found)


def _combination(factors: Sequence[arb], rows: Sequence[arb_mat | None]) -> arb_mat | None:
    total = None
    for factor, row in zip(factors, rows, strict=True):
        if row is not None:  # a zero gradient is not None: second derivatives may pass it
            term = row if factor == 1 else row * factor
            total = term if total is None else total + term
    return total


def _row(row: arb_mat | None, n: int) -> arb_mat:
    return arb_mat(1, n) if row is None else row


def _hessian(program: Program, rows: list[Any], locals_: list[Any]) -> arb_mat:
    adjoints: dict[int, arb] = {program.outputs[0]: arb(1)}
    left: list[arb] = []
    right: list[arb] = []
    for k in reversed(range(len(program.steps))):
        adjoint, local = adjoints.get(k), locals_[k]
        if adjoint is None or local is None:
            continue
        arguments = program.steps[k].arguments
        for argument, factor in zip(arguments, local.first, strict=True):
            if rows[argument] is not None:
                term = adjoint * factor
                known = adjoints.get(argument)
                adjoints[argument] = term if known is None else known + term
        for i, j, factor in local.second:
            p, q = rows[arguments[i]], rows[arguments[j]]
            if p is not None and q is not None and not factor.is_zero():
                left += p.entries()
                right += (q * (adjoint * factor)).entries()
    n = program.inputs
    terms = len(left) // n
    return arb_mat(terms, n, left).transpose() * arb_mat(terms, n, right)
