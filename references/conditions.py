"""Condition numbers and norms of square matrices, from what certificates know or from inverses."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from references import norms
from references.compiled import Pair, inlined, kernel
from references.doubledouble import UNIT, exact_scale, shift
from references.interval import Interval, above, below, maximum
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
    ends = np.empty((5, 2, len(facts.norm)))
    _ends(facts.norm, facts.size, facts.inverse, facts.skeel, facts.lengths, n, ends)
    kappa, skeel, columns, size, size_inverse = (Interval(*pair) for pair in ends)
    return Conditions(
        kappa=kappa,
        skeel=skeel,
        columns=columns,
        growth=Interval(facts.growth, 1.01 * facts.growth),
        norm_a=norms.scaled(size, facts.scale),
        norm_inverse=norms.scaled(size_inverse, -facts.scale),
    )


@kernel
def _ends(
    norm: Array, size: Array, inverse: Array, skeel: Array, lengths: Array, n: int, ends: Array
) -> None:
    """The ends of kappa, skeel, columns, || A || and || A^-1 || of each member: (5, 2, B)."""
    for i in range(len(norm)):
        proved = norm[i] < USABLE
        low_a, high_a = around(size[i], (n + 4) * UNIT)
        low_x, high_x, low_s, high_s = 0.0, np.inf, 0.0, np.inf
        if proved:
            share = norm[i] / (1 - norm[i]) * (1 + 8 * UNIT)
            low_x, high_x = around(inverse[i], share + (n + 4) * UNIT)
            low_s, high_s = around(skeel[i], share + (2 * n + 8) * UNIT)
        low_c, high_c = around(lengths[i], (2 * n + 8) * UNIT)
        ends[0, 0, i] = max(below(low_a * low_x), 1.0)
        ends[0, 1, i] = max(above(high_a * high_x), 1.0)
        ends[1, 0, i], ends[1, 1, i] = max(low_s, 1.0), max(high_s, 1.0)
        ends[2, 0, i], ends[2, 1, i] = 0.0, 0.0
        if high_c != 0:
            ends[2, 0, i] = max(below(low_c / high_a), 0.0)
            ends[2, 1, i] = above(high_c / low_a) if low_a > 0 else np.inf
        ends[3, 0, i], ends[3, 1, i] = low_a, high_a
        ends[4, 0, i], ends[4, 1, i] = low_x, high_x


@inlined
def around(value: float, slack: float) -> Pair:
    """The ends of what a number that is not negative stands for."""
    return max(value * (1 - slack) - TINY, 0.0), max(value * (1 + slack) + TINY, 0.0)


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
