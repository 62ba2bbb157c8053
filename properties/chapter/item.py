"""An example of the chapter: what it sets, what it prints, and the exact answer to it.

Inputs are rational numbers, as the chapter writes them. A dtype rounds them, which moves the exact
answer before anything is computed; `exact` is asked of both, so that the two causes of a wrong
digit come apart: what the numbers lost on their way in, and what the routine lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, ctx, fmpq
from numpy.typing import NDArray

from properties.dtypes import DTYPES, Dtype

BITS = 512  # of every ball here: what a page shows of them has 20 digits
Exact = Fraction | arb
Inputs = tuple[NDArray[np.object_], ...]
Array = NDArray[np.float64]


@contextmanager
def precise() -> Iterator[None]:
    """Balls of BITS bits inside, and the precision that was there afterwards."""
    saved = ctx.prec
    ctx.prec = BITS
    try:
        yield
    finally:
        ctx.prec = saved


def first_part(parts: Sequence[Array]) -> Array:
    """The first array of an answer to a stack of one, as a row."""
    return parts[0][0].ravel()


@dataclass(frozen=True, kw_only=True)
class Item:
    """One example of the chapter.

    `inputs`: one member, arrays of Fractions. `exact(*inputs)` gives the numbers that `labels`
    name, rational or balls. `printed`: what the chapter prints of them, in `printed_dtype`. `call`
    and `arguments`: what TensorFlow is asked, `shown` the numbers of its answer in the same order.
    `routine`: whose claims judge the answer, for inputs of these `sizes`. `size`: what errors are
    relative to, where that is not the largest of the exact numbers. `because`: what explains the
    digits. `error`: what the chapter gets wrong.
    """

    section: str
    title: str
    code: str
    labels: tuple[str, ...]
    printed: tuple[str, ...]
    inputs: Inputs
    exact: Callable[..., Sequence[Exact]]
    because: str
    error: str = ""
    call: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    shown: Callable[[Sequence[Array]], Array] = first_part
    routine: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)
    dtypes: tuple[str, ...] = ("float32", "float64")
    printed_dtype: str = "float32"
    size: Exact | None = None

    def answer(self, dtype: Dtype | None = None) -> list[Exact]:
        """The exact answer to the numbers as written, or as a dtype holds them."""
        inputs = self.inputs if dtype is None else tuple(rounded(x, dtype) for x in self.inputs)
        with precise():
            return list(self.exact(*inputs))

    def off(self, found: Sequence[float | Exact], dtype: Dtype, exact: Sequence[Exact]) -> float:
        """The largest |found - exact| over the size of the exact answer, in eps of a dtype."""
        with precise():
            balls = [ball(x) for x in exact]
            size = ball(self.size) if self.size is not None else max(map(abs, balls), key=float)
            gaps = [abs(ball(x) - y) for x, y in zip(found, balls, strict=True)]
            return max(float(gap / size) for gap in gaps) / dtype.eps

    def printed_off(self) -> float:
        """The same of what the chapter prints, against the exact answer to what it set."""
        dtype = DTYPES[self.printed_dtype]
        kept = [i for i, text in enumerate(self.printed) if number(text) is not None]
        exact = self.answer(dtype)
        found = [number(self.printed[i]) or Fraction(0) for i in kept]
        return self.off(found, dtype, [exact[i] for i in kept]) if kept else float("nan")


def numbers(text: str) -> NDArray[np.object_]:
    """Rows of decimals, separated by semicolons, as a matrix of Fractions; one row as a vector."""
    rows = [[Fraction(word) for word in row.split()] for row in text.split(";")]
    return np.array(rows if len(rows) > 1 else rows[0], dtype=object)


def column(text: str) -> NDArray[np.object_]:
    """Decimals as a matrix of one column."""
    return numbers(text).reshape(-1, 1)


def rounded(array: NDArray[np.object_], dtype: Dtype) -> NDArray[np.object_]:
    """The numbers as TensorFlow takes them from Python: by way of float64."""
    held = dtype.round(array.astype(np.float64))
    return np.array([Fraction(x) for x in held.ravel().tolist()], object).reshape(held.shape)


def number(text: str) -> Fraction | None:
    """A printed number; None of nan and inf, which are none."""
    return Fraction(text) if any(map(str.isdigit, text)) else None


def rational(x: Fraction) -> fmpq:
    """The same for flint."""
    return fmpq(x.numerator, x.denominator)


def ball(x: float | Exact) -> arb:
    """The same as a ball, at the precision that is set."""
    if isinstance(x, arb):
        return x
    if isinstance(x, Fraction):
        return arb(rational(x))
    return arb(x)


def told(x: Exact, digits: int = 20) -> str:
    """A number for a person: in full where it is short, a fraction, or so many digits."""
    if isinstance(x, Fraction):
        if x.denominator == 1:
            return str(x.numerator)
        decimal = _in_full(x)
        if decimal:
            return decimal
        if x.denominator < 1000:
            return f"{x.numerator}/{x.denominator}"
    with precise():
        return str(ball(x).str(digits, radius=False))


def _in_full(x: Fraction) -> str:
    """The whole decimal of at most twelve places; nothing where there is none."""
    scaled = x * 10**12
    if scaled.denominator != 1:
        return ""
    sign, whole = "-" * (x < 0), abs(scaled.numerator)
    return f"{sign}{whole // 10**12}.{whole % 10**12:012d}".rstrip("0")
