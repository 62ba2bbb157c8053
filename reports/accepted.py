"""What a baseline keeps of one cell: figures for people, a letter a member for the comparison.

A letter is half an octave of error, from half an eps up: the first one, "0", holds every error
that rounding the answer once could have made. "-" says that nothing was compared. Letters are a
character a member, survive JSON and git, and are found by comparing with fixed edges, never by a
logarithm, whose last bit varies with processors.
"""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, Context, Decimal
from string import ascii_lowercase, ascii_uppercase, digits
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.readings import Reading

ROUNDING = 0.5  # eps: the largest error of an answer that is rounded once, the unit roundoff
LETTERS = np.array(list(digits + ascii_uppercase + ascii_lowercase))
NOTHING = "-"
EDGES = (ROUNDING * 2.0 ** np.arange(31)[:, None] * np.array([1.0, np.sqrt(2.0)])).ravel()[:-1]
SHORT = Context(prec=3, rounding=ROUND_CEILING)


class Figures(NamedTuple):
    """The shares of a cell's comparisons: how many, median, 99 %, worst."""

    compared: int
    median: float
    high: float
    worst: float


class Accepted(NamedTuple):
    """What a baseline holds of one cell."""

    figures: Figures
    letters: str


def accepted(reading: Reading) -> Accepted:
    """A reading as a baseline keeps it. Figures have three digits and are never too small."""
    exact = figures(reading)
    return Accepted(
        Figures(exact.compared, *(outward(value) for value in exact[1:])),
        letters(reading),
    )


def figures(reading: Reading) -> Figures:
    """The exact figures; NaN without comparisons."""
    share = np.sort(reading.share[~np.isnan(reading.share)])
    if not len(share):
        return Figures(0, math.nan, math.nan, math.nan)
    median, high = (float(share[math.ceil(part * len(share)) - 1]) for part in (0.5, 0.99))
    return Figures(len(share), median, high, float(share[-1]))


def letters(reading: Reading) -> str:
    """A letter for each member."""
    return "".join(np.where(np.isnan(reading.error), NOTHING, LETTERS[places(reading.error)]))


def places(error: NDArray[np.float64]) -> NDArray[np.int64]:
    """The place of each error among LETTERS; the last one holds all beyond, NaN too."""
    return np.searchsorted(EDGES, error, side="left")


def places_of(text: str) -> NDArray[np.int64]:
    """The places of letters, -1 for nothing; ValueError for a character that is none."""
    alphabet = "".join(LETTERS)
    return np.array([-1 if letter == NOTHING else alphabet.index(letter) for letter in text])


def outward(value: float) -> float:
    """Three significant digits, rounded up: what is accepted is never less than what was seen."""
    return float(SHORT.plus(Decimal(value))) if math.isfinite(value) else value
