"""Section 4.3 of the chapter: derivatives, critical points, gradient descent, Newton's method."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from flint import arb
from numpy.typing import NDArray

from properties.chapter.item import Array, Exact, Item, ball, column, numbers
from properties.named import SCALARS, VECTORS

Rationals = NDArray[np.object_]
TREES = SCALARS | VECTORS
PRINTED_AT = (1, 6, 11, 16, 21, 26, 31, 36, 41)  # steps taken when the chapter prints x
DESCENT = (
    "0.6618226766586304 -0.38608598709106445 -0.691019594669342 -0.7591084241867065 "
    "-0.7734285593032837 -0.7764040231704712 -0.7770206928253174 -0.777148425579071 "
    "-0.7771748900413513"
)


def derivative(title: str, code: str, name: str, order: int, at: str, **rest: object) -> Item:
    """An item whose answer is a Jacobian (order 1) or a Hessian (order 2) of a named function."""
    routine = "calculus.jacobian" if order == 1 else "calculus.hessian"
    path = "batch_jacobian" if order == 1 else "nested tapes"
    point = numbers(at)
    function = (VECTORS if order == 1 else SCALARS)[name]
    return Item(
        section="4.3", title=title, code=code, inputs=(point,), routine=routine,
        call="properties.calculus.calls:" + routine.split(".")[1],
        arguments={"path": path, "tree": function.tree},
        sizes={"n": len(point), "m": function.m}, **rest,  # type: ignore[arg-type]
    )  # fmt: skip


def bowl(start: Fraction, held: Fraction, rate: Fraction, steps: int) -> arb:
    """x after so many steps of rate (2 x + y cos x + sin y), y held: in balls."""
    x, y, length = (ball(each) for each in (start, held, rate))
    for _ in range(steps):
        x = x - length * (2 * x + y * x.cos() + y.sin())
    return x


def bowl_limit(y: arb) -> arb:
    """The x with 2 x + y cos x + sin y = 0, for |y| at most 1.

    The map x - (2 x + y cos x + sin y)/3 contracts by 2/3 or better, for its derivative is
    (1 + y sin x)/3. From x0, 600 steps leave at most 3 (2/3)^600 |x1 - x0|.
    """
    x = first = arb(0)
    for step in range(600):
        x = (x - (2 * x + y * x.cos() + y.sin()) / 3).mid()
        first = x if step == 0 else first
    blur = 3 * (arb(2) / 3) ** 600 * (abs(first) + 1) + arb(2) ** -400
    return x + arb(0, blur.upper())


def ends(a: Rationals) -> list[Exact]:
    """Eigenvalues of a symmetric matrix of two rows, and the sizes of the first row of vectors."""
    (p, q), (_, s) = (tuple(map(ball, row)) for row in a)
    root = ((p - s) ** 2 + 4 * q * q).sqrt()
    low, high = (p + s - root) / 2, (p + s + root) / 2
    rows = [abs(q) / (q * q + (value - p) ** 2).sqrt() for value in (low, high)]
    return [low, high, *rows]


def _values_and_row(parts: Sequence[Array]) -> Array:
    return np.concatenate([parts[0][0], np.abs(parts[1][0][0])])


def _hessian(x: Rationals) -> list[Exact]:
    """Of x^3 - 2xy - y^6."""
    return [6 * x[0], Fraction(-2), Fraction(-2), -30 * x[1] ** 4]


def _taylor(a: Rationals, b: Rationals, x: Rationals) -> Fraction:
    """g^T g / g^T A g: the step along the gradient that the Taylor expansion calls best."""
    slope = a @ x - b
    return (slope * slope).sum() / (slope * (a @ slope)).sum()


ELLIPSE = numbers("2 0; 0 10")
START = column("10 1")
BEST = _taylor(ELLIPSE, column("0 0"), START)

ITEMS: Sequence[Item] = (
    derivative(
        "Partial derivatives", "g.gradient(2*x - y, [x, y]), x = 1, y = 2", "line 2x - y", 1, "1 2",
        labels=("dz/dx", "dz/dy"), printed=("2.0", "-1.0"),
        exact=lambda x: [Fraction(2), Fraction(-1)],
        because="Derivatives of a linear function are its coefficients: nothing is rounded.",
    ),
    Item(
        section="4.3",
        title="Gradient descent",
        code="x -= 0.1 * grad(x, y), 41 times, f = x^2 + y^2 + x sin y + y sin x, x = y = 1",
        labels=tuple(f"x after {k}" for k in PRINTED_AT),
        printed=tuple(DESCENT.split()),
        inputs=(numbers("1"), numbers("1"), numbers("0.1")),
        exact=lambda x, y, rate: [bowl(x[0], y[0], rate[0], k) for k in PRINTED_AT],
        call="properties.chapter.calls:bowl_path",
        arguments={"at": PRINTED_AT},
        because="f_xx = 2 - y sin x lies between 1 and 3, so that a step of 0.1 makes any error "
        "smaller by a tenth at least: earlier roundings die out, worth ten of them are left.",
        error="Only x is moved while y stays at 1, so the point reached, (-0.777, 1), is no "
        "minimum of f, and not its global minimum: |x sin y| and |y sin x| are at most |xy|, so "
        "that f is at least (|x| - |y|)^2, and f(0, 0) = 0 is the least of all. At the point "
        "reached f is 0.249.",
    ),
    derivative(
        "A Jacobian", "g.jacobian(x * x, x), x = [1, 2]", "square of each", 1, "1 2",
        labels=("J11", "J12", "J21", "J22"), printed=("2.", "0.", "0.", "4."),
        exact=lambda x: [2 * x[0], Fraction(0), Fraction(0), 2 * x[1]],
        because="Products of small integers are exact in every dtype.",
    ),
    derivative(
        "A first derivative", "t2.gradient(x * x * x, x), x = 1", "cube as a product", 1, "1",
        labels=("f'(1)",), printed=("3.0",), exact=lambda x: [3 * x[0] ** 2],
        because="Small integers again.",
    ),
    derivative(
        "A second derivative", "t.gradient(dy_dx, x)", "cube as a product", 2, "1",
        labels=("f''(1)",), printed=("6.0",), exact=lambda x: [6 * x[0]],
        because="Small integers again.",
    ),
    derivative(
        "A gradient", "g.jacobian(f, x), f = x^3 - 2xy - y^6, x = 1, y = 2", "x^3 - 2xy - y^6", 1,
        "1 2", labels=("df/dx", "df/dy"), printed=("-1.", "-194."),
        exact=lambda x: [3 * x[0] ** 2 - 2 * x[1], -2 * x[0] - 6 * x[1] ** 5],
        because="Integers below 256 are exact even in bfloat16.",
        error="The text sets x^3 - 2xy + y^6, the code x^3 - 2xy - y^6, of which the numbers are.",
    ),
    Item(
        section="4.3",
        title="What the chapter prints as a Hessian",
        code="h.gradient(g.jacobian(f, x), x)",
        labels=("first", "second"),
        printed=("4.", "-482."),
        inputs=(numbers("1 2"),),
        exact=lambda x: [6 * x[0] - 2, -2 - 30 * x[1] ** 4],
        call="properties.chapter.calls:column_sums",
        because="The gradient of a vector is that of its sum: these are the sums of the columns.",
        error="Column sums are no Hessian, as the chapter says beside them; it reads the matrix "
        "off by hand. A function whose columns cancel would show zeros.",
    ),
    derivative(
        "The Hessian itself", "batch_jacobian of the gradient", "x^3 - 2xy - y^6", 2, "1 2",
        labels=("H11", "H12", "H21", "H22"), printed=("6.", "-2.", "-2.", "-480."), exact=_hessian,
        because="6x, -2 and -30 y^4 at (1, 2); with the + y^6 of the text the last would be 480.",
    ),
    Item(
        section="4.3",
        title="Eigenvalues and eigenvectors of the Hessian",
        code="tf.linalg.eigh(hessian)",
        labels=("smaller", "larger", "size of v11", "size of v12"),
        printed=("-480.00824", "6.00823", "0.00411512", "0.99999154"),
        inputs=(numbers("6 -2; -2 -480"),),
        exact=ends,
        call="linalg.eigh",
        routine="linalg.eigh",
        sizes={"n": 2},
        shown=_values_and_row,
        because="-237 less and plus the root of 59053. Errors are relative to the larger "
        "eigenvalue, which is what eigh promises. Vectors are compared up to sign.",
    ),
    Item(
        section="4.3",
        title="Newton's method",
        code="X0 - H^-1 grad, x^2 + 5 y^2, X0 = (10, 1)",
        labels=("x", "y"),
        printed=("", ""),
        inputs=(ELLIPSE, column("0 0"), START),
        exact=lambda a, b, x: [Fraction(0), Fraction(0)],
        call="properties.chapter.calls:newton",
        routine="chapter.newton",
        sizes={"n": 2},
        size=Fraction(10),
        because="A quadratic function is its own Taylor expansion: one step reaches the minimum. "
        "The code multiplies by 0.1, rounded to float32; solving with 10 loses nothing.",
        error="The contours are those of 5 x^2 + y^2, for `x[:-1]`, the first coordinate, gets the "
        "5; the arrows follow x^2 + 5 y^2. The gradient is (2x, 10y), not 2x + 10y.",
    ),
    Item(
        section="4.3",
        title="Steepest descent with the chapter's step",
        code="X - 0.25 * grad(X), three times",
        labels=("x", "y"),
        printed=("", ""),
        inputs=(ELLIPSE, column("0 0"), START, numbers("0.25").reshape(1, 1)),
        exact=lambda a, b, x, rate: [10 * (1 - 2 * rate[0, 0]) ** 3, (1 - 10 * rate[0, 0]) ** 3],
        call="properties.chapter.calls:descent",
        arguments={"steps": 3},
        routine="chapter.descent",
        sizes={"n": 2, "k": 3},
        because="Quarters of small integers are exact.",
        error="The step is too long: along y the error is multiplied by 1 - 0.25 * 10 = -1.5 a "
        "step, so the method diverges, where any step below 0.2 converges. The Taylor expansion "
        f"recommends {BEST} for the first.",
    ),
)  # fmt: skip
