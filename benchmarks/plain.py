"""The test that most people would write: Hypothesis draws one input, mpmath knows the answer.

TensorFlow runs eagerly in this process, mpmath computes at DIGITS once. Nothing is proved, nothing
recorded: it is what the line is measured against, made as fast as it can be in a few lines.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath
import numpy as np
from hypothesis import strategies as st
from mpmath import mp

from benchmarks.line import examples
from benchmarks.problems import INPUTS, pool
from references.arithmetic import Multiprecision
from references.operations import Tree, lower

DIGITS = 50
STEP = mpmath.mpf(10) ** -16  # of differences: 16 digits of a second derivative are left, and more


def matrix(rng: np.random.Generator, m: int, n: int, scale: int = 200) -> Any:
    """Condition log-uniform to 1e12, a power of two for scale."""
    left, right = (np.linalg.qr(rng.standard_normal((k, k)))[0] for k in (m, n))
    values = 10.0 ** (-rng.uniform(0, 12) * rng.random(n))
    return (left[:, :n] * values) @ right * 2.0 ** rng.integers(-scale, scale + 1)


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
    values, vectors = tf.linalg.eigh(a)
    true, basis = mp.eigsy(mpmath.matrix(a.tolist()))
    turned = _error(abs(vectors.numpy()), basis.apply(abs))  # signs are free
    return max(_error(values.numpy()[:, None], true), turned)


def _svd(tf: Any, rng: np.random.Generator, n: int) -> float:
    a = matrix(rng, n, n)
    values, left, right = tf.linalg.svd(a)
    u, true, v = mp.svd_r(mpmath.matrix(a.tolist()))
    turned = _error(abs(left.numpy()), u.apply(abs)), _error(abs(right.numpy()), v.T.apply(abs))
    return max(_error(values.numpy()[:, None], true), *turned)


def _pinv(tf: Any, rng: np.random.Generator, n: int) -> float:
    a = matrix(rng, n, n)
    u, s, v = mp.svd_r(mpmath.matrix(a.tolist()))
    return _error(tf.linalg.pinv(a).numpy(), v.T * mpmath.diag([1 / x for x in s]) * u.T)


def _det(tf: Any, rng: np.random.Generator, n: int) -> float:
    a = matrix(rng, n, n, scale=8)
    true = mp.det(mpmath.matrix(a.tolist()))
    return float(abs(float(tf.linalg.det(a)) / true - 1))


def _slogdet(tf: Any, rng: np.random.Generator, n: int) -> float:
    a = matrix(rng, n, n)
    sign, log = tf.linalg.slogdet(a)
    true = mp.det(mpmath.matrix(a.tolist()))
    return float(abs(float(log) - mpmath.log(abs(true)))) + abs(float(sign) - mpmath.sign(true))


def definite(rng: np.random.Generator, n: int) -> Any:
    """A positive definite matrix, not scaled: mpmath takes pivots below its eps for zeros."""
    q = np.linalg.qr(rng.standard_normal((n, n)))[0]
    values = 10.0 ** (-rng.uniform(0, 12) * rng.random(n))
    a = (q * values) @ q.T
    return (a + a.T) / 2


def _cholesky(tf: Any, rng: np.random.Generator, n: int) -> float:
    a = definite(rng, n)
    return _error(tf.linalg.cholesky(a).numpy(), mp.cholesky(mpmath.matrix(a.tolist())))


def _logdet(tf: Any, rng: np.random.Generator, n: int) -> float:
    a = definite(rng, n)
    factor = mp.cholesky(mpmath.matrix(a.tolist()))
    true = 2 * mpmath.fsum(mpmath.log(factor[i, i]) for i in range(n))
    return float(abs(float(tf.linalg.logdet(a)) - true))


def _qr(tf: Any, rng: np.random.Generator, n: int) -> float:
    a = matrix(rng, n, n)
    q, r = tf.linalg.qr(a)
    left, right = mp.qr(mpmath.matrix(a.tolist()), mode="skinny")
    turned = _error(abs(q.numpy()), left.apply(abs))  # signs are free
    return max(turned, _error(abs(r.numpy()), right.apply(abs)))


def _jacobian(tf: Any, rng: np.random.Generator, n: int) -> float:
    tree, point = _function("calculus.jacobian", rng)
    x = tf.constant(point[None])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = _tensorflow(tree)(x)
    got = tape.batch_jacobian(y, x).numpy()[0]
    base = _mpmath(tree, point)
    columns = [_mpmath(tree, point, {j: STEP}) for j in range(INPUTS)]
    true = mpmath.matrix(
        [[(column[i] - base[i]) / STEP for column in columns] for i in range(len(base))]
    )
    return _error(got, true)


def _hessian(tf: Any, rng: np.random.Generator, n: int) -> float:
    tree, point = _function("calculus.hessian", rng)
    x = tf.constant(point[None])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = _tensorflow(tree)(x)
        gradient = tape.gradient(y, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    got = outer.batch_jacobian(gradient, x).numpy()[0]
    base = _mpmath(tree, point)[0]
    sides = [_mpmath(tree, point, {j: STEP})[0] for j in range(INPUTS)]
    true = mpmath.matrix(INPUTS, INPUTS)
    for i in range(INPUTS):
        for j in range(i + 1):
            corner = _mpmath(tree, point, {i: STEP, j: STEP} if i != j else {i: 2 * STEP})[0]
            true[i, j] = true[j, i] = (corner - sides[i] - sides[j] + base) / STEP**2
    return _error(got, true)


def _function(name: str, rng: np.random.Generator) -> tuple[Tree, np.ndarray]:
    """One of a few functions, at a random point."""
    known = _known(name)
    return known[rng.integers(len(known))], rng.uniform(-1, 1, INPUTS)


@cache
def _known(name: str) -> tuple[Tree, ...]:
    return pool(name, 16)


def _tensorflow(tree: Tree) -> Callable[[Any], Any]:
    from properties.calculus.calls import function  # imports TensorFlow

    return function(tree)


def _mpmath(tree: Tree, point: np.ndarray, moves: dict[int, Any] | None = None) -> list[Any]:
    moved = [mpmath.mpf(x) + (moves or {}).get(i, 0) for i, x in enumerate(point.tolist())]
    return lower(tree, INPUTS).values(Multiprecision, moved)


def _error(got: Any, true: Any) -> float:
    gap = mpmath.matrix(got.tolist()) - true
    size = mpmath.mnorm(true, mpmath.inf)
    return float(mpmath.mnorm(gap, mpmath.inf) / size) if size else float(np.abs(got).max())


TESTS: dict[str, Callable[[Any, np.random.Generator, int], float]] = {
    "nn.softmax": _softmax,
    "linalg.inv": _inv,
    "linalg.solve": _solve,
    "linalg.lstsq": _lstsq,
    "linalg.eigh": _eigh,
    "linalg.svd": _svd,
    "linalg.pinv": _pinv,
    "linalg.det": _det,
    "linalg.slogdet": _slogdet,
    "linalg.cholesky": _cholesky,
    "linalg.logdet": _logdet,
    "linalg.qr": _qr,
    "calculus.jacobian": _jacobian,
    "calculus.hessian": _hessian,
}


def run(name: str, n: int, count: int) -> list[float]:
    """Judge that many problems one by one; their errors."""
    import tensorflow as tf

    judged: list[float] = []

    def test(chosen: bytes) -> None:
        with mpmath.workdps(DIGITS):
            judged.append(TESTS[name](tf, np.random.default_rng(list(chosen)), n))

    examples(st.binary(min_size=4, max_size=4), count, test)
    return judged
