"""Condition numbers and norms of square matrices, from what certificates know or from inverses."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from references import norms
from references.doubledouble import UNIT, exact_scale, shift
from references.interval import Interval, maximum
from references.regular import TINY, USABLE, Facts
from references.truth import Enclosure

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Conditions:
    """In the infinity norm, intervals (B,): of A, of its inverse, and of both together.

    `skeel` is || |A^-1| |A| ||, `columns` the sum of the lengths of the columns of A over its norm.
    """

    kappa: Interval
    skeel: Interval
    columns: Interval
    growth: Interval
    norm_a: Interval
    norm_inverse: Interval

    def put(self, members: NDArray[np.int64], others: Conditions) -> None:
        """Take some members from elsewhere, in place."""
        for field in fields(self):
            getattr(self, field.name)[members] = getattr(others, field.name)

    def quantities(self, finite: Flags, exists: Flags) -> dict[str, Interval]:
        """By the names that bounds use; infinite conditions where no inverse exists."""
        singular = finite & ~exists
        known = {
            name: norms.known(interval, finite)
            for name, interval in (
                ("kappa", self.kappa),
                ("skeel", self.skeel),
                ("columns", self.columns),
                ("norm_a", self.norm_a),
            )
        }
        for name in ("kappa", "skeel"):
            if singular.any():
                known[name] = norms.infinite(known[name], singular)
        growth = Interval(
            np.where(finite, self.growth.lower, 1.0), np.where(finite, self.growth.upper, np.inf)
        )
        return known | {"growth": growth}


def of_facts(facts: Facts, n: int) -> Conditions:
    """From kernels: with H = (I - G)^-1 G, A^-1 = R + H R and ||H|| <= norm / (1 - norm).

    So || A^-1 || is within that share of || R ||, and || |A^-1||A| || of || |R||A| ||. Sums of n
    numbers are off by n u, of lengths and weighted ones by twice as much. Where nothing is proved
    the intervals of what involves the inverse say nothing.
    """
    proved = facts.norm < USABLE
    norm = np.where(proved, facts.norm, 0.0)
    share = norm / (1 - norm) * (1 + 8 * UNIT)

    def around(value: Array, slack: Array | float) -> Interval:
        return norms.clipped(Interval(value * (1 - slack) - TINY, value * (1 + slack) + TINY))

    def of_inverse(value: Array, terms: int) -> Interval:
        usable = np.where(proved, value, 0.0)
        return norms.known(around(usable, share + terms * UNIT), proved)

    size = around(facts.size, (n + 4) * UNIT)
    size_inverse = of_inverse(facts.inverse, n + 4)
    return Conditions(
        kappa=maximum(size * size_inverse, 1.0),
        skeel=maximum(of_inverse(facts.skeel, 2 * n + 8), 1.0),
        columns=norms.over(around(facts.lengths, (2 * n + 8) * UNIT), size),
        growth=Interval(facts.growth, 1.01 * facts.growth),
        norm_a=norms.scaled(size, facts.scale),
        norm_inverse=norms.scaled(size_inverse, -facts.scale),
    )


def of_enclosures(a: Array, inverse: Enclosure, facts: Facts) -> Conditions:
    """From matrices (B, n, n), their inverses and what is known of A alone; `columns` as above."""
    scale = exact_scale(a)
    size = norms.entries(shift(a, -scale))
    size_inverse = norms.absolute(inverse)
    norm_a, norm_inverse = norms.infinity_norm(size), norms.infinity_norm(size_inverse)
    skeel = norms.weighted_row_sums(size_inverse, norms.row_sums(size))
    together = scale + inverse.exponent
    return replace(
        of_facts(facts, a.shape[1]),
        kappa=maximum(norms.scaled(norm_a * norm_inverse, together), 1.0),
        skeel=maximum(norms.scaled(skeel, together), 1.0),
        norm_inverse=norms.scaled(norm_inverse, inverse.exponent),
    )
