"""Incomplete gamma and beta functions in balls, by series of positive terms where flint is slow."""

from __future__ import annotations

from flint import arb, ctx, fmpq

SMALL, MOST_TERMS = 64, 100_000  # of betainc: what flint is quick at, and where a series gives up


def igamma(a: arb, x: arb) -> arb:
    """P(a, x): 1 - Q(a, x) where that cancels little, else the power series of positive terms.

    P = x^a e^-x / Gamma(a + 1) sum_k x^k / ((a + 1) ... (a + k)) (DLMF 8.11.4); the tail is at most
    that of a geometric series. flint's own P takes seconds where a and x are nearly the same.
    """
    lower = 1 - x.gamma_upper(a, 1)
    if lower.rel_accuracy_bits() >= ctx.prec - 24:
        return lower
    term = total = arb(1)
    ratio, k = arb(1), 0
    while not (ratio < fmpq(4, 5) and term < total * arb(2) ** -(ctx.prec + 4)):
        k += 1
        ratio = x / (a + k)
        term *= ratio
        total += term
    tail = (term * ratio / (1 - ratio)).upper()
    return (a * x.log() - x - (a + 1).lgamma()).exp() * (total + arb(0, tail))


def betainc(a: arb, b: arb, x: arb) -> arb:
    """I_x(a, b): flint's own if a parameter is small, else a power series of positive terms.

    I = x^a (1 - x)^b / (a B(a, b)) sum_k (a + b)_k / (a + 1)_k x^k (DLMF 8.17.8), or 1 less the
    other tail beyond the mean. Ratios of terms fall towards x, for b > 1.
    """
    if (a - b).is_zero() and (2 * x - 1).is_zero():
        return arb(1) / 2  # exactly, or no ball would say on which side of a power of two it lies
    if x * (a + b) > a and (a > SMALL or b > SMALL):
        return 1 - _below(b, a, 1 - x)
    return _below(a, b, x)


def _below(a: arb, b: arb, x: arb) -> arb:
    if a < SMALL or b < SMALL:
        return x.beta_lower(a, b, 1)
    term = total = tail = arb(1)
    least, k = arb(2) ** -(ctx.prec + 4), 0
    while not tail < total * least:
        ratio = (a + b + k) / (a + 1 + k) * x
        term, k = term * ratio, k + 1
        total += term
        largest = ratio.max(x)  # of all that follow
        tail = term * largest / (1 - largest) if largest < 1 else arb(1)
        if k > MOST_TERMS:
            return arb(0, 1)
    inverse = (a + b).lgamma() - (a + 1).lgamma() - b.lgamma()
    return (a * x.log() + b * (-x).log1p() + inverse).exp() * (total + arb(0, tail.upper()))
