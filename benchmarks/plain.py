"""The test that most people would write: Hypothesis draws one input, mpmath knows the answer.

TensorFlow runs eagerly in this process, mpmath computes at DIGITS once. Nothing is proved, nothing
recorded: it is what the line is measured against, made as fast as it can be in a few lines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from mpmath import mp

DIGITS = 50


def matrix(rng: np.random.Generator, m: int, n: int) -> Any:
    """Condition log-uniform to 1e12, a power of two for scale."""
    left, right = (np.linalg.qr(rng.standard_normal((k, k)))[0] for k in (m, n))
    values = 10.0 ** (-rng.uniform(0, 12) * rng.random(n))
    return (left[:, :n] * values) @ right * 2.0 ** rng.integers(-200, 201)


def _solve(tf: Any, rng: np.random.Generator, n: int) -> float:
    a, b = matrix(rng, n, n), rng.standard_normal((n, 1))
    got = tf.linalg.solve(a, b).numpy()
    true = mp.lu_solve(mpmath.matrix(a.tolist()), mpmath.matrix(b.tolist()))
    return _error(got, true)


def _inv(tf: Any, rng: np.random.Generator, n: int) -> float:
    a = matrix(rng, n, n)
    return _error(tf.linalg.inv(a).numpy(), mpmath.matrix(a.tolist()) ** -1)


def _softmax(tf: Any, rng: np.random.Generator, n: int) -> float:
    x = 8 * rng.standard_normal(n)
    powers = [mpmath.exp(mpmath.mpf(entry)) for entry in x.tolist()]
    total = mpmath.fsum(powers)
    true = mpmath.matrix([power / total for power in powers])
    return _error(tf.nn.softmax(x).numpy()[:, None], true)


def _lstsq(tf: Any, rng: np.random.Generator, n: int) -> float:
    a, b = matrix(rng, 2 * n, n), rng.standard_normal((2 * n, 1))
    got = tf.linalg.lstsq(a, b, fast=False).numpy()
    left, right = mpmath.matrix(a.tolist()), mpmath.matrix(b.tolist())
    true = mp.lu_solve(left.T * left, left.T * right)  # 50 digits carry the squared condition
    return _error(got, true)


def _eigh(tf: Any, rng: np.random.Generator, n: int) -> float:
    a = matrix(rng, n, n)
    a = (a + a.T) / 2
    values, _ = tf.linalg.eigh(a)
    true, _ = mp.eigsy(mpmath.matrix(a.tolist()))
    return _error(values.numpy()[:, None], true)


def _pinv(tf: Any, rng: np.random.Generator, n: int) -> float:
    a = matrix(rng, n, n)
    u, s, v = mp.svd_r(mpmath.matrix(a.tolist()))
    return _error(tf.linalg.pinv(a).numpy(), v.T * mpmath.diag([1 / x for x in s]) * u.T)


def _error(got: Any, true: Any) -> float:
    gap = mpmath.matrix(got.tolist()) - true
    return float(mpmath.mnorm(gap, mpmath.inf) / mpmath.mnorm(true, mpmath.inf))


TESTS: dict[str, Callable[[Any, np.random.Generator, int], float]] = {
    "nn.softmax": _softmax,
    "linalg.inv": _inv,
    "linalg.solve": _solve,
    "linalg.lstsq": _lstsq,
    "linalg.eigh": _eigh,
    "linalg.pinv": _pinv,
}


def run(name: str, n: int, examples: int) -> int:
    """Judge that many problems one by one; how many there were."""
    import tensorflow as tf

    judged: list[float] = []

    @seed(1)
    @settings(
        database=None,
        deadline=None,
        max_examples=examples,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(chosen=st.binary(min_size=4, max_size=4))
    def test(chosen: bytes) -> None:
        with mpmath.workdps(DIGITS):
            judged.append(TESTS[name](tf, np.random.default_rng(list(chosen)), n))

    test()
    return len(judged)
