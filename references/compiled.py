"""What compiled kernels are made of: error-free transformations and numbers of twice the precision.

A kernel is a Python function over a whole stack, written as loops over members and entries and
compiled by numba. Compiled code rounds every operation as IEEE 754 says: sums keep their order and
products are not contracted, so a kernel gives the same bits on every processor. `fma` is asked for
by name where one rounding is meant.

u = 2^-53. A pair is an unevaluated sum hi + lo with |lo| <= u |hi|. The relative errors stated are
those of Joldes, Muller and Popescu (2017), for operands far from over- and underflow.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import ArrayLike, NDArray

from references.compiling import Part, hide, take_turns

Pair = tuple[float, float]
Function = TypeVar("Function", bound=Callable[..., Any])
HERE = Path(__file__).parent
MARKS = (b"@inlined", b"@part", b"@in_place")
# Nothing but numba calls these from outside of Python: compiling takes less without what C needs.
OPTIONS = {"error_model": "numpy", "no_cfunc_wrapper": True}


def _cache() -> Path | None:
    """Keep compiled kernels beside the bytecode, in a folder named by all that may be inlined.

    numba looks at the file of a kernel alone when it asks whether a kernel is up to date, but
    kernels are made of functions from other files too. Without a folder to write to, kernels are
    compiled anew by every process.
    """
    texts = [path.read_bytes() for path in sorted(HERE.glob("*.py"))]
    inlined_from = b"".join(text for text in texts if any(mark in text for mark in MARKS))
    name = hashlib.blake2b(inlined_from, digest_size=6).hexdigest()
    folder = HERE / "__pycache__" / f"kernels-{name}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    if not os.access(folder, os.W_OK):
        return None
    numba.config.CACHE_DIR = str(folder)
    return folder


CACHED = _cache()


def kernel(function: Function) -> Function:
    """A function over stacks, compiled when first called with arrays of some types."""
    compiled: Function = numba.njit(cache=CACHED is not None, nogil=True, **OPTIONS)(function)
    if CACHED is not None:
        take_turns(compiled, CACHED)
    return compiled


def entrywise(function: Callable[..., float]) -> Callable[..., NDArray[np.float64]]:
    """A function of numbers as a ufunc of float64 arrays.

    It is made when first called: that takes a tenth of a second each time, for numba keeps the
    function that it is made of and not the loops around it, and many a process needs none.
    """

    @functools.cache
    def made() -> np.ufunc:
        count = function.__code__.co_argcount
        signature = [types.float64(*(types.float64,) * count)]
        compiled: np.ufunc = numba.vectorize(signature, cache=CACHED is not None)(function)
        return compiled

    def called(*arrays: ArrayLike) -> NDArray[np.float64]:
        found: NDArray[np.float64] = made()(*arrays)
        return found

    return called


def inlined(function: Function) -> Function:
    """A function of numbers that kernels are made of."""
    compiled: Function = numba.njit(inline="always", **OPTIONS)(function)
    return compiled


def part(function: Function) -> Function:
    """A function of the arrays of one member that kernels call; fast where rows are contiguous."""
    return _part(function, {})


def in_place(function: Function) -> Function:
    """A part that makes no arrays, and need not count who holds those that it is given.

    Counting takes longer than the arithmetic of a matrix of eight rows.
    """
    return _part(function, {"_nrt": False})


def _part(function: Function, more: dict[str, Any]) -> Function:
    options = {"no_cpython_wrapper": True, **OPTIONS, **more}
    compiled: Function = numba.njit(pipeline_class=Part, **options)(function)
    hide(compiled)
    return compiled


@intrinsic
def _fma(_context: Any, a: Any, b: Any, c: Any) -> Any:
    """The processor's instruction, or its library's function where it has none."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return types.float64(types.float64, types.float64, types.float64), generate


@inlined
def fma(a: float, b: float, c: float) -> float:
    """a b + c, rounded once."""
    product: float = _fma(a, b, c)
    return product


@inlined
def two_sum(a: float, b: float) -> Pair:
    """a + b as its rounded value and what rounding lost (Knuth)."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


@inlined
def quick_sum(a: float, b: float) -> Pair:
    """The same where |a| >= |b| or a = 0 (Dekker)."""
    s = a + b
    return s, b - (s - a)


@inlined
def two_product(a: float, b: float) -> Pair:
    """a b as its rounded value and what rounding lost."""
    p = a * b
    return p, fma(a, b, -p)


@inlined
def plus(a: float, a_lo: float, b: float, b_lo: float) -> Pair:
    """The sum of pairs, within 3 u^2 / (1 - 4 u) of itself: their algorithm 6."""
    s, error = two_sum(a, b)
    t, rest = two_sum(a_lo, b_lo)
    s, error = quick_sum(s, error + t)
    return quick_sum(s, error + rest)


@inlined
def times(a: float, a_lo: float, b: float, b_lo: float) -> Pair:
    """The product of pairs, within 5 u^2 of itself: their algorithm 11."""
    p, error = two_product(a, b)
    return quick_sum(p, error + fma(a, b_lo, a_lo * b))


@inlined
def over(a: float, a_lo: float, b: float, b_lo: float) -> Pair:
    """The quotient of pairs, within 12.1 u^2 of itself: one step of long division.

    The remainder a - b q of q = fl(a / b) is found without error and is at most u |a|; the other
    three terms are off by 3 u^2 each, and 3 u^2 are due to dividing by b instead of b + b_lo.
    """
    q = a / b
    p, error = two_product(b, q)
    return quick_sum(q, (((a - p) - error) + (a_lo - b_lo * q)) / b)
