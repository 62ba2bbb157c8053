"""What conjugate gradients are to find, and how soon: exact solutions, norms, a rate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from references import audits, embedded, norms
from references.audits import Audited
from references.doubledouble import exact_scale, shift
from references.exact import positive_definite
from references.interval import Interval, sqrt
from references.members import finite_members
from references.norms import column_norms, scaled
from references.opinions import Answer
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
ROOM = 2.0  # times the condition: rounding spreads eigenvalues (Greenbaum 1989)


def conjugate_gradient(a: Array, rhs: Array, *, tol: float, max_iter: int, level: int = 0) -> Truth:
    """The x of A x = rhs, (B, n, n) and (B, n, 1), where A is positive definite; of r nothing.

    Quantities beside those of `solve`: `frobenius` and `length`, the norms of A and of x;
    `given`, that of rhs; `late`, the residual that is promised after `max_iter` steps over that
    which is asked for: 2 sqrt(kappa) ((sqrt(kappa) - 1)/(sqrt(kappa) + 1))^max_iter / tol.
    """
    truth = embedded.solve(a, rhs, level=level)
    finite = finite_members(a, rhs)
    exists = truth.exists.copy()
    for i in np.flatnonzero(finite & exists).tolist():
        exists[i] = positive_definite(a[i])
    x = truth.parts[0]
    size, power = norms.absolute(x), x.exponent
    root = sqrt(ROOM * truth.quantities["kappa"])
    known = {
        "frobenius": _length(np.where(finite[:, None, None], a, 0.0).reshape(len(a), -1, 1)),
        "length": scaled(column_norms(size)[:, 0], power),
        "given": _length(np.where(finite[:, None, None], rhs, 0.0)),
    }
    told = {name: norms.known(value, finite) for name, value in known.items()}
    with np.errstate(invalid="ignore", over="ignore"):
        upper = 2 * root.upper * ((root.upper - 1) / (root.upper + 1)) ** max_iter / tol
    upper = np.where(np.isfinite(upper), upper * (1 + 1e-9), np.inf)
    told["late"] = Interval(np.zeros(len(a)), upper)
    nothing = np.zeros(rhs.shape)
    open_ = Enclosure(
        nothing, nothing.copy(), np.full(rhs.shape, np.inf), np.zeros(len(a), np.int64)
    )
    return replace(truth, parts=(x, open_), quantities={**truth.quantities, **told}, exists=exists)


def _length(x: Array) -> Interval:
    """Euclidean norms of columns (B, n, 1)."""
    power = exact_scale(x)
    near = np.abs(shift(x, -power))
    return scaled(column_norms(Interval(near, near))[:, 0], power)


def rival(a: Array, rhs: Array, *, tol: float, max_iter: int) -> Answer:
    """The method of Hestenes and Stiefel, as it is written down everywhere."""
    x, r = np.zeros_like(rhs), rhs.copy()
    p, gamma = r, (r * r).sum()
    limit = tol * np.sqrt(gamma)
    for _ in range(max_iter):
        if np.sqrt(gamma) <= limit:
            break
        z = a @ p
        alpha = gamma / (p * z).sum()
        x, r = x + alpha * p, r - alpha * z
        before, gamma = gamma, (r * r).sum()
        p = r + (gamma / before) * p
    return x.astype(rhs.dtype), r.astype(rhs.dtype)


def audit(a: Array, rhs: Array, *, tol: float, max_iter: int) -> tuple[Audited, ...]:
    """mpmath's solver: the x that iterates go to."""
    return audits.solve(a, rhs)
