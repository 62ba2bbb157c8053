"""Principal logarithms of complex matrices, in balls: by eigenvalues, or by square roots.

Where balls tell the eigenvalues apart, log A = V log(D) V^-1. Where they do not, as of defective
matrices, square roots are taken until what is left, B = A^(1/2^k), is near the identity; then log B
= 2 artanh W, W = (B - I) (B + I)^-1, by its series, and log A = 2^k log B (Higham 2008, 11.2).

A root is Newton's: every X is a function of A, and of each eigenvalue s^2 it makes an x with
Re(x/s) > 0, unless s^2 lies on the closed negative axis, where x^2 - s^2 >= x^2. So once Z = I -
X^-2 A has ||Z|| < 1, A has no eigenvalue there, and its principal root is X (I - Z)^(1/2), within
||X|| ||Z|| of X.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from flint import acb, acb_mat, arb, arb_mat, ctx
from numpy.typing import NDArray

from references.balls import (
    TARGET,
    Pieces,
    adaptive,
    engines,
    finite_members,
    pieces,
    power_of_two,
    store,
    unproved,
)
from references.doubledouble import exact_scale, shift
from references.embedded import ROOT, column, folded, folded_enclosure, matrix
from references.interval import Interval
from references.norms import known
from references.resolvents import resolvents
from references.squaring import QUANTITIES, exponentials
from references.truth import Truth

Array = NDArray[np.float64]
NEAR = 2.0**-4  # of the identity: no more roots are taken
MOST_ROOTS, MOST_STEPS = 24, 40
SPARE, MOST = 64, 700  # bits for eigenvalues and vectors, and when to give up
SPARE_OF_ROOTS, MOST_OF_ROOTS = 320, 1700  # Newton's steps eat more of them
CUT = 2.0**-46  # of the norm: nearer to the cut, bounds allow anything
BLUR = 1 + 2.0**-20  # what float64 computes of norms, rounded up


class Found(NamedTuple):
    """The logarithm [re; im], and the roots A, A^(1/2), ... in float64 (k, n, n)."""

    value: Pieces
    roots: NDArray[np.complex128]


def logm(a: NDArray[np.complex128], *, level: int = 0) -> Truth:
    """The principal logarithm X of each matrix (B, n, n); none is proved on the cut.

    Quantities (B,), each a number that is large enough, infinite where nothing is proved:
    `sensitivity`, ||A|| times the integral of ||(A + mu I)^-1||^2 over mu >= 0, and `reach`, ||A||
    times the largest of these norms: log (A + E) - log A is at most sensitivity e / (1 - reach e)
    for ||E|| = e ||A||; `ladder`, the sum of 2^j sensitivity(A_j) ||A_(j+1)||^2 / ||A_j|| over A_j
    = A^(1/2^j); `hump`, of max ||e^(tX)|| ||e^((1-t)X)|| for t in [0, 1] over ||A||; `norm_a`, of
    A. `norm_x`, ||X||, is no larger than it is. Norms are Frobenius' of matrices that are judged,
    and Euclidean of inverses and of what multiplies.
    """
    count, n = a.shape[:2]
    half = column(a)
    finite = finite_members(half)
    half = np.where(finite[:, None, None], half, 0.0)
    power = exact_scale(half)
    near = folded(shift(half, -power))
    wide = unproved(count, 2 * n, n)
    chains = list[NDArray[np.complex128]]()
    owners = list[int]()
    for i in np.flatnonzero(finite & half.any(axis=(1, 2))).tolist():
        found = _logarithm(near[i], int(power[i]), level)
        if found is not None:
            store(wide, i, found.value)
            chains.append(found.roots)
            owners.append(i)
    sensitivity, reach, ladder = (np.full(count, np.inf) for _ in range(3))
    if owners:
        _measured(chains, owners, sensitivity, reach, ladder)
    part = folded_enclosure(wide)
    size = np.sqrt((shift(half, -power) ** 2).sum(axis=(1, 2)))
    with np.errstate(over="ignore"):
        length = np.ldexp(np.sqrt((wide.hi**2).sum(axis=(1, 2))), wide.exponent) / BLUR
        whole = np.ldexp(size, power)
    proved = np.asarray(np.isfinite(wide.radius).all(axis=(1, 2)))
    x = shift(np.where(proved[:, None, None], wide.hi, 0.0), wide.exponent)
    hump = exponentials(matrix(folded(x)), proved).numbers[:, QUANTITIES.index("hump")]
    told = {
        "sensitivity": sensitivity, "reach": reach, "ladder": ladder, "hump": hump * ROOT * BLUR,
        "norm_a": whole * BLUR,
    }  # fmt: skip
    quantities = {name: known(Interval.exact(x), np.isfinite(x)) for name, x in told.items()}
    quantities["norm_x"] = Interval.exact(length)
    return Truth((part,), quantities, finite, engines(part, finite | True, finite))


def _logarithm(a: NDArray[np.complex128], power: int, level: int) -> Found | None:
    """Of 2^power A; None where the precision does not do, as for eigenvalues on the cut."""
    if _on_the_cut(a):
        return None
    balls = acb_mat(a.tolist())
    bits = TARGET[level]

    def tight(found: Found) -> bool:
        return found.value.tight(level)

    found = adaptive(lambda: by_eigenvalues(balls, power), bits + SPARE, tight, MOST)
    if found is None:
        found = adaptive(
            lambda: by_roots(balls, power), bits + SPARE_OF_ROOTS, tight, MOST_OF_ROOTS
        )
    return found


def _on_the_cut(a: NDArray[np.complex128]) -> bool:
    """Whether float64 finds an eigenvalue on the closed negative axis, or as good as there."""
    values, least = np.linalg.eigvals(a), CUT * np.abs(a).sum(axis=1).max()
    return bool(((np.abs(values.imag) <= least) & (values.real <= least)).any())


def by_eigenvalues(a: acb_mat, power: int) -> Found:
    """V log(D) V^-1. ZeroDivisionError where balls do not tell eigenvalues apart."""
    try:
        values, vectors = a.eig(right=True)
    except ValueError as error:
        raise ZeroDivisionError from error
    back = vectors.inv()

    def of(numbers: list[acb]) -> acb_mat:
        n = len(numbers)
        turned = [
            x * number for row in vectors.tolist() for x, number in zip(row, numbers, strict=True)
        ]
        return acb_mat(n, n, turned) * back

    chain, now = [a], values
    while not _rooted(chain, power):
        now = [x.sqrt() for x in now]
        chain.append(of(now))
    more = arb(power) * arb(2).log()
    total = of([x.log() + more for x in values])
    return Found(pieces(_parts(total)), np.array([_floats(x) for x in chain]))


def by_roots(a: acb_mat, power: int) -> Found:
    """By square roots. ZeroDivisionError where balls get too wide."""
    chain = [a]
    while not _rooted(chain, power):
        chain.append(_root(chain[-1]))
    total = _series(chain[-1]) * acb(power_of_two(len(chain)))
    total += _one(a.nrows()) * acb(arb(power) * arb(2).log())
    return Found(pieces(_parts(total)), np.array([_floats(x) for x in chain]))


def _rooted(chain: list[acb_mat], power: int) -> bool:
    """Whether roots of 2^power A and of A are near the identity. ZeroDivisionError if never."""
    if len(chain) > MOST_ROOTS:
        raise ZeroDivisionError
    left = abs(power) * 0.7 * 2.0 ** (1 - len(chain))
    last = chain[-1]
    return len(chain) > 1 and left <= NEAR and _norm(last - _one(last.nrows())) <= NEAR


def _root(a: acb_mat) -> acb_mat:
    """The principal square root. ZeroDivisionError where balls are too wide to prove it."""
    n = a.nrows()
    one, x = _one(n), _one(n)
    goal, before = 2.0 ** -(ctx.prec - 40), np.inf
    for _ in range(MOST_STEPS):
        y = x.inv()
        ya = y * a
        rest = _norm(one - ya * y)
        if rest < 0.5 and (rest <= goal or not rest < before / 2):
            return _widened(x, float(_norm(x)) * rest * (1 + 2.0**-40))
        before = rest
        step = 0
        if not rest < 0.5:  # far from it: scaling by powers of two, which keep the half plane
            ratio = _size(ya) / _size(x)
            step = int(np.frexp(ratio)[1]) // 2 if np.isfinite(ratio) and ratio > 0 else 0
        x = x * acb(power_of_two(step - 1)) + ya * acb(power_of_two(-step - 1))
    raise ZeroDivisionError


def _series(b: acb_mat) -> acb_mat:
    """artanh of W = (B - I) (B + I)^-1, ||W|| < 1/16, with the rest of the series in the radius."""
    one = _one(b.nrows())
    w = (b - one) * (b + one).inv()
    square = w * w
    size = _norm(w)
    if not size < 2.0**-4:
        raise ZeroDivisionError
    total, term, k = w, w, 1
    while size ** (k + 2) > 2.0 ** -(TARGET[-1] + 24) * size and k < 99:
        k += 2
        term = term * square
        total = total + term * acb(arb(1) / k)
    return _widened(total, size ** (k + 2) * 1.01)


def _one(n: int) -> acb_mat:
    return acb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])


def _norm(a: acb_mat) -> float:
    """The infinity norm, rounded up; infinite where a ball is not finite."""
    rows = [sum((abs(x) for x in row), arb(0)) for row in a.tolist()]
    most = max(float(row.abs_upper()) if row.is_finite() else np.inf for row in rows)
    return most * (1 + 2.0**-40)


def _size(a: acb_mat) -> float:
    """The largest modulus, roughly."""
    return max(abs(complex(x)) for x in a.entries())


def _widened(a: acb_mat, radius: float) -> acb_mat:
    blur = arb(0, radius)
    return a + acb_mat(a.nrows(), a.ncols(), [acb(blur, blur)] * (a.nrows() * a.ncols()))


def _parts(a: acb_mat) -> arb_mat:
    entries = a.entries()
    return arb_mat(2 * a.nrows(), a.ncols(), [x.real for x in entries] + [x.imag for x in entries])


def _floats(a: acb_mat) -> NDArray[np.complex128]:
    return np.array([complex(x) for x in a.entries()]).reshape(a.nrows(), a.ncols())


def _measured(chains: list[NDArray[np.complex128]], owners: list[int], *found: Array) -> None:
    """Fill in sensitivity, reach and ladder of the members that own the chains."""
    sensitivity, reach, ladder = found
    whole = np.concatenate([chain[:-1] for chain in chains])
    sizes, poles = resolvents(whole)
    start = 0
    for i, chain in zip(owners, chains, strict=True):
        rungs = len(chain) - 1
        lengths = np.sqrt((np.abs(chain) ** 2).sum(axis=(1, 2)))
        own = sizes[start : start + rungs]
        sensitivity[i] = own[0] * lengths[0] * BLUR
        reach[i] = poles[start] * lengths[0] * BLUR
        ladder[i] = (np.ldexp(own, range(rungs)) * lengths[1:] ** 2).sum() * BLUR
        start += rungs
