"""Pullbacks of functions of vectors that no choice of signs changes, by balls.

Both are of polar factors, X = Q P with P = (X^T X)^(1/2): U V^T of a matrix of full rank, and, of a
symmetric one without its middle, I - 2 V V^T for the vectors V of the smallest eigenvalues. What W
becomes on its way through Q is Q Y + (I - Q Q^T) W P^-1 for the skew Y of P Y + Y P = Q^T W - W^T Q
(Higham 2008, 8.2): P has the singular values of X, so it is as unique as Q is smooth.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from flint import arb, arb_mat, ctx
from numpy.typing import NDArray

from references import norms, singular, spectral
from references.balls import engines, finite_members, identity, matrix, power_of_two
from references.interval import Interval, minimum
from references.pullbacks_of_factors import Pulled, each, length
from references.pullbacks_of_spectra import polar
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
TOLD = ("size", "pull", "faint", "light", "weight")
STEPS = 40  # of Newton's iteration, whose scaling leaves a dozen of them


def projector(a: Array, above: Array, *, half: bool, level: int = 0) -> Truth:
    """What W becomes on its way through V V^T, V of the k smallest eigenvalues of A: (B, n, n).

    a, of which the lower triangle is read, and above = W: (B, n, n), n > 1; k is n // 2, or 1 if
    not `half`. Of the symmetric G with <G, dA> = <W, d(V V^T)> the lower triangle, with what is
    off the diagonal twice: it alone has derivatives. Where eigenvalues k and k + 1 could not be
    told apart nothing is said.

    Quantities: norm, the 2-norm of A; steep = || A || / (w_k+1 - w_k), Frobenius norms here and
    below; near, that gap over the smallest one between two of the first k, 0 if k = 1; divisor, the
    smaller of the two; reach = || W || / (|| G || gap); light = 1 / || W ||, faint = 1 / || G ||,
    weight = || W || / || G ||.
    """
    k = max(1, a.shape[1] // 2) if half else 1
    known, finite = spectral.eigvalsh(a, level=level), finite_members(a, above)
    whole = np.tril(a) + np.swapaxes(np.tril(a, -1), 1, 2)
    values = known.parts[0]
    step = spectral.steps(values)
    apart = norms.clipped(step[:, k - 1])
    middle = (values.hi[:, k - 1] + values.hi[:, k]) / 2
    exists = finite & (values.radius.max(axis=1) < np.inf)

    def pulled(i: int) -> Pulled:
        exponent = int(values.exponent[i])
        ends = [_end(values, i, place) for place in (k - 1, k)]
        centre = arb(float(middle[i]))
        least = (centre - ends[0]).min(ends[1] - centre)
        scaled = matrix(whole[i]) * power_of_two(-exponent)
        shifted = scaled - identity(len(a[i])) * centre
        weight = matrix(above[i])
        found = turned(shifted, weight + weight.transpose(), least) * power_of_two(-exponent)
        return _told(scaled, _lower(-found / 4), length(found) / 4, length(weight), exponent)

    part, told = _each(a, exists & (apart.lower > 0), pulled, level)
    nearest = _smallest(step[:, : k - 1])
    own = {
        "norm": known.quantities["norm"],
        "steep": norms.over(told["size"], apart),
        "near": norms.over(apart, nearest),
        "reach": norms.over(told["pull"], apart),
        "divisor": norms.scaled(minimum(apart, nearest), values.exponent),
    }
    own |= {name: told[name] for name in TOLD[2:]}
    own = {name: norms.known(value, exists) for name, value in own.items()}
    return Truth((part,), own, finite, engines(part, finite, finite))


def factor(a: Array, above: Array, *, level: int = 0) -> Truth:
    """What W becomes on its way through U V^T of A = U diag(s) V^T of full rank: (B, m, n).

    a and above = W: (B, m, n). Quantities as for singular values; near, the smallest singular value
    over the smallest distance between two, 0 if there is one; reach = || W || / (|| G || s_k), G
    the answer, Frobenius norms here and below; light = 1 / || W ||, faint = 1 / || G ||, weight =
    || W || / || G ||; squares, the smallest difference of two s_i^2, or s_k^2 if that is smaller.
    """
    known, finite = singular.svd(a, level=level), finite_members(a, above)
    wide = a.shape[1] < a.shape[2]
    values = known.parts[0]
    full = finite & np.isfinite(known.quantities["kappa"].upper)

    def pulled(i: int) -> Pulled:
        exponent = int(values.exponent[i])
        x, weight = matrix(a[i]) * power_of_two(-exponent), matrix(above[i])
        tall = (x.transpose(), weight.transpose()) if wide else (x, weight)
        found = turned(*tall, _end(values, i, -1)) * power_of_two(-exponent)
        answer = found.transpose() if wide else found
        return _told(x, answer, length(found), length(weight), exponent)

    part, told = _each(a, full, pulled, level)
    last = norms.absolute(values)[:, -1]
    flipped = Enclosure(
        values.hi[:, ::-1], values.lo[:, ::-1], values.radius[:, ::-1], values.exponent
    )
    step = spectral.steps(flipped)
    nearest = _smallest(step)
    sums = norms.absolute(flipped)
    squares = _smallest(norms.clipped(step) * (sums[:, 1:] + sums[:, :-1]))
    divisor = norms.scaled(squares, 2 * values.exponent)
    if a.shape[1] != a.shape[2]:
        divisor = minimum(divisor, norms.scaled(last, values.exponent))
    own = {
        "near": norms.over(last, nearest),
        "reach": norms.over(told["pull"], last),
        "divisor": divisor,
    }
    own |= {name: told[name] for name in TOLD[2:]}
    own = {name: norms.known(value, full) for name, value in own.items()}
    return Truth((part,), {**known.quantities, **own}, finite, engines(part, full, full))


def turned(x: arb_mat, w: arb_mat, least: arb) -> arb_mat:
    """What w becomes on its way through the polar factor of x (m, n), m >= n: both (m, n).

    `least` is no more than the smallest singular value of x, and positive.
    """
    if not least > 0:
        raise ZeroDivisionError
    q = polar(x)
    p = q.transpose() * x
    p = (p + p.transpose()) / 2
    skew = q.transpose() * w - w.transpose() * q
    found = q * _sylvester(p, skew, least)
    if x.nrows() > x.ncols():
        found += (w - q * (q.transpose() * w)) * p.inv()
    return found


def _sylvester(p: arb_mat, skew: arb_mat, least: arb) -> arb_mat:
    """The skew Y of P Y + Y P = N: what is left over bounds how far a guess is from it.

    The smallest singular value of Y -> P Y + Y P is 2 least at least.
    """
    guess = _guess(p.mid(), skew.mid(), float(least.mid()))
    guess = (guess - guess.transpose()) / 2
    rest = skew - p * guess - guess * p
    total = sum((abs(entry) for entry in rest.entries()), arb(0))  # no less than its length
    off = (total / (2 * least)).upper()
    n = p.nrows()
    around = [arb(0) if i == j else arb(0, off) for i in range(n) for j in range(n)]
    return guess + arb_mat(n, n, around)


def _guess(p: arb_mat, skew: arb_mat, least: float) -> arb_mat:
    """Y from the sign of [[P, N], [0, -P]], [[I, 2 Y], [0, -I]], by Newton's iteration.

    With scaling (Higham 2008, 5.3 and 5.5); nothing is proved of it, and no radius is kept.
    """
    low, high, more = least, float(length(p)), math.ceil(math.log2(ctx.prec / 20))
    for _ in range(STEPS):
        by = -round(math.log2(low * high) / 2)
        scale = power_of_two(by)
        inverse = p.inv()
        skew = ((skew * scale + inverse * skew * inverse / scale) / 2).mid()
        p = ((p * scale + inverse / scale) / 2).mid()
        ends = math.ldexp(low, by), math.ldexp(high, by)
        low, high = 1.0, max((end + 1 / end) / 2 for end in ends)
        if high < 1 + 2.0**-20:  # from here on the digits double
            more -= 1
        if not more:
            break
    return skew / 2


def _end(values: Enclosure, member: int, place: int) -> arb:
    """One value, without its power of two."""
    hi, lo, radius = (float(side[member, place]) for side in (values.hi, values.lo, values.radius))
    return arb(hi) + arb(lo) + arb(0, radius)


def _lower(g: arb_mat) -> arb_mat:
    """The lower triangle, twice off the diagonal."""
    n = g.nrows()
    entries = [g[i, j] * ((i >= j) + (i > j)) for i in range(n) for j in range(n)]
    return arb_mat(n, n, entries)


def _told(x: arb_mat, answer: arb_mat, size: arb, weight: arb, exponent: int) -> Pulled:
    """The answer, and TOLD: of x, which 2^exponent was taken from, and of Frobenius norms."""
    pull = weight / size * power_of_two(-exponent)
    return Pulled((answer,), (length(x), pull, 1 / size, 1 / weight, weight / size))


def _smallest(step: Interval) -> Interval:
    """The smallest of (B, k) that are not negative, infinite of none."""
    sides = (np.minimum.reduce(side, axis=1, initial=np.inf) for side in (step.lower, step.upper))
    return norms.clipped(Interval(*sides))


def _each(
    a: Array, wanted: Flags, pulled: Callable[[int], Pulled], level: int
) -> tuple[Enclosure, dict[str, Interval]]:
    parts, told = each((a.shape,), wanted, pulled, len(TOLD), level)
    return parts[0], dict(zip(TOLD, told, strict=True))
