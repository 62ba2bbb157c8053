"""Sections 4.1 and 4.2 of the chapter: sums of decimals, softmax, poor conditioning."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from flint import fmpq_mat
from numpy.typing import NDArray

from properties.chapter.item import Array, Exact, Item, ball, column, numbers, rational

Rationals = NDArray[np.object_]
A = numbers("4.1 2.8; 9.7 6.6")
FIRST, SECOND = column("4.1 9.7"), column("4.11 9.7")
LOW, HIGH = numbers("-12345 -67890 -99999999"), numbers("12345 67890 99999999")
ROW = {"n": 3}


def matrix(array: Rationals) -> fmpq_mat:
    """A matrix of Fractions for flint."""
    return fmpq_mat([[rational(x) for x in row] for row in array])


def fractions(found: fmpq_mat) -> list[Exact]:
    """The entries of a matrix of flint, row by row."""
    return [Fraction(int(x.p), int(x.q)) for row in found.tolist() for x in row]


def solution(a: Rationals, b: Rationals) -> list[Exact]:
    """A^-1 b, in rational numbers."""
    return fractions(matrix(a).solve(matrix(b)))


def softmax(x: Rationals) -> list[Exact]:
    """exp(x) over its sum, in balls, which have exponents without end."""
    exponentials = [ball(entry).exp() for entry in x]
    return [e / sum(exponentials) for e in exponentials]


def condition(a: Rationals) -> list[Exact]:
    """||A||_F ||A^-1||_F of two rows: the inverse has the entries of A over the determinant."""
    (p, q), (r, s) = a
    return [(p * p + q * q + r * r + s * s) / abs(p * s - q * r)]


def conditions(a: Rationals) -> list[tuple[str, Exact]]:
    """Three condition numbers of two rows: in two norms, and by eigenvalues as the text has it.

    The singular values s, t have s/t + t/s = the Frobenius one; eigenvalues follow from the trace.
    """
    (frobenius,) = map(ball, condition(a))
    trace, determinant = ball(a[0, 0] + a[1, 1]), ball(a[0, 0] * a[1, 1] - a[0, 1] * a[1, 0])
    root = (trace * trace - 4 * determinant).sqrt()
    first, second = abs(trace + root), abs(trace - root)
    return [
        ("norm of A times norm of its inverse, Frobenius norms: the code", condition(a)[0]),
        ("the same, 2-norms", (frobenius + (frobenius * frobenius - 4).sqrt()) / 2),
        ("largest over smallest eigenvalue: the text", first / second),
    ]


def checks() -> list[tuple[str, str, bool]]:
    """What the chapter compares in Python: the code, the answer it prints, the answer it gets.

    Sums of float64 numbers, rounded by Fraction and float as IEEE does.
    """

    def add(*terms: Fraction) -> Fraction:
        total = terms[0]
        for term in terms[1:]:
            total = Fraction(float(total + term))  # one rounding to nearest even
        return total

    one, three, tenth = (Fraction(x) for x in (1.0, 0.3, 0.1))
    rounds = add(*(_first(tenth),) * 3)
    places = [round(add(tenth, tenth, tenth), 10), round(three, 10)]
    return [
        ("1 + .1 + .1 == .3, as the code has it", "False", add(one, tenth, tenth) == three),
        (".1 + .1 + .1 == .3, as the label has it", "False", add(tenth, tenth, tenth) == three),
        ("round(.1, 1), three times, == round(.3, 1)", "False", rounds == three),
        ("round(.1 + .1 + .1, 10) == round(.3, 10)", "True", places[0] == places[1]),
    ]  # fmt: skip


def _first(x: Fraction) -> Fraction:
    """round(x, 1): the float64 number nearest to one decimal."""
    return Fraction(float(round(x, 1)))


def _row(array: Rationals) -> list[Exact]:
    return list(array)


def _both(parts: Sequence[Array]) -> Array:
    return np.array([part[0, 0] for part in parts])


def _softmax(title: str, code: str, x: Rationals, printed: str, call: str, because: str) -> Item:
    known = call == "nn.softmax"
    return Item(
        section="4.1",
        title=title,
        code=code,
        labels=("first", "second", "third"),
        printed=tuple(printed.split()),
        inputs=(x,),
        exact=softmax,
        call=call if known else f"properties.chapter.calls:{call}",
        arguments={"axis": -1} if known else {},
        routine="nn.softmax" if known else "",
        sizes=ROW,
        dtypes=("bfloat16", "float32", "float64"),
        because=because,
    )


LOST = (
    "Every exp is 0 or infinite in any dtype, and 0/0 and inf/inf are no numbers. 99999999 is not "
    "a number of float32: what is set is 100000000."
)
SMALL = (
    "The others are below the smallest number of float64 and rightly 0: they are the balls' "
    "to see, e^-55545 the larger."
)

ITEMS: Sequence[Item] = (
    Item(
        section="4.1",
        title="A sum of two decimals",
        code="x + y, x = 0.1, y = 0.2",
        labels=("x + y",),
        printed=("0.30000000000000004",),
        inputs=(numbers("0.1"), numbers("0.2")),
        exact=lambda x, y: _row(x + y),
        call="math.add",
        dtypes=("bfloat16", "float16", "float32", "float64"),
        printed_dtype="float64",
        because="Both decimals are rounded to binary fractions before they are added; the sum of "
        "the two rounded ones is exact but for half an eps. Python rounds to one decimal "
        "afterwards and prints 0.3, the float64 number nearest to it.",
    ),
    Item(
        section="4.1",
        title="Three tenths",
        code=".1 + .1 + .1 - .3",
        labels=("difference",),
        printed=("",),
        inputs=(numbers("0.1"), numbers("0.3")),
        exact=lambda x, y: _row(3 * x - y),
        call="properties.chapter.calls:three_times_less",
        dtypes=("bfloat16", "float16", "float32", "float64"),
        printed_dtype="float64",
        size=Fraction(3, 10),
        because="In no dtype are three rounded tenths three rounded tenths of one; where "
        "TensorFlow says 0, two roundings have met by chance.",
        error="The check that is labelled `.1 + .1 + .1 == .3` computes `1 + .1 + .1 == .3`, which "
        "is False in exact arithmetic too.",
    ),
    Item(
        section="4.1",
        title="A decimal by division",
        code="x / 10, x = 3, and round(10 (x / 10)) / 10: ours, not the chapter's",
        labels=("x / 10", "rounded"),
        printed=("", ""),
        inputs=(numbers("3"), numbers("0")),
        exact=lambda i, j: [(i[0] + j[0]) / 10] * 2,
        call="properties.chapter.calls:decimal_sum",
        routine="chapter.decimal_sum",
        sizes={"n": 1},
        shown=_both,
        dtypes=("bfloat16", "float16", "float32", "float64"),
        printed_dtype="float64",
        because="One division is rounded once, and gives the number nearest to 0.3. Where modes "
        "differ the compiled one multiplies by 0.1, rounded, instead.",
    ),
    _softmax(
        "Softmax, underflow", "softmax([-12345, -67890, -99999999])", LOW, "nan nan nan",
        "softmax_as_printed", LOST,
    ),
    _softmax(
        "Softmax, overflow", "softmax([12345, 67890, 99999999])", HIGH, "nan nan nan",
        "softmax_as_printed", LOST,
    ),
    _softmax(
        "Softmax, underflow solved", "softmax of x - max(x)", LOW, "1 0 0",
        "softmax_of_differences", SMALL,
    ),
    _softmax(
        "Softmax, overflow solved", "softmax of x - max(x)", HIGH, "0 0 1",
        "softmax_of_differences", SMALL,
    ),
    _softmax(
        "TensorFlow's softmax, underflow", "tf.nn.softmax(underflow)", LOW, "1 0 0", "nn.softmax",
        SMALL,
    ),
    _softmax(
        "TensorFlow's softmax, overflow", "tf.nn.softmax(overflow)", HIGH, "0 0 1", "nn.softmax",
        SMALL,
    ),
    Item(
        section="4.2",
        title="A system by its inverse",
        code="tf.linalg.matmul(tf.linalg.inv(A), b)",
        labels=("x1", "x2"),
        printed=("1.0000000e+00", "-3.0517578e-05"),
        inputs=(A, FIRST),
        exact=solution,
        call="properties.chapter.calls:inverse_times",
        because="b is the first column of A and stays so in any dtype, so that the answer is (1, "
        "0). The inverse has entries of nearly 100 whose products with b cancel: an error of eps "
        "in any of them is left a thousand times as large.",
    ),
    Item(
        section="4.2",
        title="A system, its right-hand side changed by 0.01",
        code="tf.linalg.solve(A, b2)",
        labels=("x1", "x2"),
        printed=("0.3399811", "0.97002774"),
        inputs=(A, SECOND),
        exact=solution,
        call="linalg.solve",
        routine="linalg.solve",
        arguments={"adjoint": False},
        sizes={"n": 2, "k": 1},
        because="Rounding the four decimals of A and the two of b to float32 moves the exact "
        "answer already, for the condition number multiplies what they lose; the rest is rounding.",
    ),
    Item(
        section="4.2",
        title="A condition number",
        code="tf.norm(A) * tf.norm(tf.linalg.inv(A))",
        labels=("kappa",),
        printed=("1623.00927734375",),
        inputs=(A,),
        exact=condition,
        call="properties.chapter.calls:condition",
        because="tf.norm of a matrix is the Frobenius norm, and the squares of the entries add up "
        "to 162.3, the determinant is -0.1: the condition is 1623 exactly. That of the float32 "
        "numbers is another one; the determinant is a small difference of their products.",
        error="The text defines the condition by the eigenvalues. That is a condition number of "
        "symmetric matrices, which this one is not: see below.",
    ),
)  # fmt: skip
