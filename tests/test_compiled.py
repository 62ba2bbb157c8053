"""Compiled arithmetic against exact fractions."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import mpmath
import numpy as np
import pytest

from references import compiled
from references.cholesky_certificate import root
from references.compiled import fma, in_place, kernel, over, plus, times, two_product, two_sum
from references.exponentials import TABLE, Table
from references.logarithms import log_pair

ROOT = Path(__file__).parent.parent
U = Fraction(1, 2**53)
COUNT = 300


@kernel
def _errorless(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    for i in range(len(a)):
        out[i, 0], out[i, 1] = two_sum(a[i], b[i])
        out[i, 2], out[i, 3] = two_product(a[i], b[i])


@kernel
def _pairs(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    for i in range(len(a)):
        out[i, 0, 0], out[i, 0, 1] = plus(a[i, 0], a[i, 1], b[i, 0], b[i, 1])
        out[i, 1, 0], out[i, 1, 1] = times(a[i, 0], a[i, 1], b[i, 0], b[i, 1])
        out[i, 2, 0], out[i, 2, 1] = over(a[i, 0], a[i, 1], b[i, 0], b[i, 1])


@kernel
def _not_contracted(a: np.ndarray, b: np.ndarray, c: np.ndarray, out: np.ndarray) -> None:
    for i in range(len(a)):
        out[i, 0] = a[i] * b[i] + c[i]
        out[i, 1] = fma(a[i], b[i], c[i])


@kernel
def _functions(x: np.ndarray, exponents: np.ndarray, table: Table, out: np.ndarray) -> None:
    for i in range(len(x)):
        out[i, 0], out[i, 1] = root(x[i, 0], x[i, 1])
        out[i, 2], out[i, 3], out[i, 4] = log_pair(x[i, 0], x[i, 1], exponents[i], table)


@in_place
def halve(a: np.ndarray) -> None:
    for i in range(len(a)):
        a[i] /= 2


@kernel
def _halved(a: np.ndarray) -> None:
    halve(a)


@kernel
def slow(a: np.ndarray) -> np.ndarray:
    halve(a)
    return np.sort(a) + np.cumsum(a)  # a second to compile


@pytest.fixture
def numbers() -> np.ndarray:
    random = np.random.default_rng(7)
    sizes = np.ldexp(random.uniform(0.5, 1.0, (2, COUNT)), random.integers(-60, 60, (2, COUNT)))
    return sizes * random.choice([-1.0, 1.0], (2, COUNT))


def test_what_rounding_loses_is_found(numbers: np.ndarray) -> None:
    a, b = numbers
    out = np.empty((COUNT, 4))
    _errorless(a, b, out)
    for x, y, found in zip(a.tolist(), b.tolist(), out.tolist(), strict=True):
        assert found[0] == x + y
        assert Fraction(found[0]) + Fraction(found[1]) == Fraction(x) + Fraction(y)
        assert found[2] == x * y
        assert Fraction(found[2]) + Fraction(found[3]) == Fraction(x) * Fraction(y)


def test_operations_of_pairs_keep_their_bounds(numbers: np.ndarray) -> None:
    tails = numbers * np.random.default_rng(8).uniform(-1.0, 1.0, numbers.shape) * 2.0**-54
    a, b = np.stack([numbers, tails], axis=-1)
    out = np.empty((COUNT, 3, 2))
    _pairs(a, b, out)
    for x, y, found in zip(a.tolist(), b.tolist(), out.tolist(), strict=True):
        left, right = (Fraction(hi) + Fraction(lo) for hi, lo in (x, y))
        exact = (left + right, left * right, left / right)
        for pair, truth, factor in zip(found, exact, (3, 5, Fraction(121, 10)), strict=True):
            error = abs(Fraction(pair[0]) + Fraction(pair[1]) - truth)
            assert error <= factor * U**2 / (1 - 4 * U) * abs(truth)


def test_a_product_is_contracted_only_where_asked() -> None:
    a = np.array([1 + 2.0**-30])
    out = np.empty((1, 2))
    _not_contracted(a, a, np.array([-1 - 2.0**-29]), out)
    assert out.tolist() == [[0.0, 2.0**-60]]


def test_kernels_are_kept_beside_the_bytecode() -> None:
    assert compiled.CACHED
    assert (compiled.HERE / "__pycache__").is_dir()


def test_parts_belong_to_kernels() -> None:
    """They are never made executable, and say so instead of taking the interpreter along."""
    _halved(np.ones(3))
    for _ in range(2):
        with pytest.raises(TypeError, match=r"halve is part of kernels: Python cannot call it"):
            halve(np.ones(3))


BESIDE = """
import numpy as np
from numba.core import event
from tests import test_compiled
with event.install_recorder("numba:compile") as compiled:
    test_compiled.slow(np.ones(3))
print(len(compiled.buffer))
"""


def test_processes_compile_a_kernel_once() -> None:
    """The second waits for the first, and loads what it has kept."""
    assert compiled.CACHED is not None
    for path in compiled.CACHED.rglob("test_compiled.slow-*"):
        path.unlink()
    two = [
        subprocess.Popen([sys.executable, "-c", BESIDE], cwd=ROOT, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    told = sorted(int(process.communicate(timeout=200)[0]) for process in two)
    assert told[0] == 0 < told[1]


def test_roots_and_logarithms_of_pairs_are_as_near_as_they_say() -> None:
    random = np.random.default_rng(3)
    x = np.empty((COUNT, 2))
    x[:, 0] = random.uniform(0.5, 1.0, COUNT)
    x[:20, 0] = 1.0 - 2.0 ** -random.integers(2, 54, 20)  # logarithms near those of powers of two
    x[20:40, 0] = 0.5 + 2.0 ** -random.integers(2, 53, 20)
    x[:, 1] = x[:, 0] * random.uniform(-(2.0**-54), 2.0**-54, COUNT)
    x[0] = [0.5, 0.0]
    exponents = random.integers(-3, 4, COUNT)
    exponents[100:] = random.integers(-60000, 60000, COUNT - 100)
    exponents[0] = 1
    out = np.empty((COUNT, 5))
    _functions(x, exponents, TABLE, out)
    with mpmath.workdps(60):
        for (hi, lo), e, found in zip(x.tolist(), exponents.tolist(), out.tolist(), strict=True):
            number = mpmath.mpf(hi) + lo
            true = mpmath.sqrt(number)
            assert abs(found[0] + mpmath.mpf(found[1]) - true) <= 3.125 * 2.0**-106 * true
            true = mpmath.log(mpmath.ldexp(number, e))
            assert abs(found[2] + mpmath.mpf(found[3]) - true) <= found[4]
            assert found[4] <= 2.0**-78 + 2.0**-100 * abs(true)
    assert out[0, 2:].tolist() == [0.0, 0.0, 0.0]  # log 1
