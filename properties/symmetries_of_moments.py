"""Symmetries of moments with weights, lbeta, fits and the like, for properties/symmetries.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from properties.symmetry import SCALED, Stacks, Symmetry, scaling

BACKWARDS = "a sum of the same numbers in another order"
NEGATED = "rounding to nearest commutes with signs, and squares have none"
DOUBLED = "weights count by their shares alone"


def _backwards(x: Stacks) -> Stacks:
    return (np.ascontiguousarray(np.flip(x[0], -1)),)


def _negated(x: Stacks) -> Stacks:
    return (-x[0],)


OF_MOMENTS: Mapping[str, tuple[Symmetry, ...]] = {
    "nn.normalize_moments": (
        Symmetry("negated", lambda x: (x[0], -x[1], x[2], -x[3]), lambda y, _: (-y[0], y[1]),
                 NEGATED, bits=True),
    ),
    "nn.weighted_moments": (
        scaling((1, 0), (1, 2)),
        replace(scaling((0, 1), (0, 0)), name="weights scaled", because=f"{SCALED}; {DOUBLED}"),
    ),
    "nn.isotonic_regression": (scaling((1,), (1, 0)),),
    "nn.local_response_normalization": (
        Symmetry("negated", _negated, lambda y, _: (-y[0],), NEGATED, bits=True),
    ),
    "math.lbeta": (Symmetry("backwards", _backwards, lambda y, _: y, BACKWARDS),),
}  # fmt: skip
