"""Accuracy against speed: for each dtype and mode, the digits kept and the time of a call.

Digits come from a run, over members that every dtype of a routine was set; times from what
`pytest benchmarks/test_time.py --benchmark-json FILE` has measured.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.pairs import kept
from reports.plain import RunError, number, parse, read_text, take
from reports.record import HONESTY, Cell
from reports.sample import Sample
from reports.verdict import GATED
from reports.view import MODES, place

FEWEST = 8  # members that all dtypes of a routine must have in common


class Timed(NamedTuple):
    """What a time is of."""

    routine: str
    dtype: str
    mode: str
    size: int


@dataclass(frozen=True)
class Point:
    """One dtype and mode of a routine.

    `digits`: decimal digits that half of the members keep by the claim that leaves fewest;
    `least`: what all but one in a hundred keep. `optimal`: no other point of the routine is as
    fast and as accurate, and better in one of both.
    """

    routine: str
    dtype: str
    mode: str
    size: int
    microseconds: float
    digits: float
    least: float
    claim: str
    members: int
    optimal: bool = False


def times(path: Path) -> dict[Timed, float]:
    """Microseconds a member from a file of pytest-benchmark; RunError where it holds none."""
    benchmarks = take(parse(read_text(path, "file of times"), str(path)), "benchmarks", list, "")
    found = {}
    for entry in benchmarks:
        told = take(entry, "extra_info", dict, str(path))
        if "microseconds a member" in told:
            found[_timed(told, str(path))] = number(told["microseconds a member"], str(path))
    if not found:
        raise RunError(f"{path} holds no times of TensorFlow: write it by `tox -e time`")
    return found


def _timed(told: Mapping[str, Any], where: str) -> Timed:
    routine, dtype, mode = (take(told, name, str, where) for name in Timed._fields[:3])
    return Timed(routine, dtype, mode, take(told, "size", int, where))


def frontier(
    cells: Mapping[Cell, Sample], timed: Mapping[Timed, float], size: int = 0
) -> list[Point]:
    """The points of all routines that have both; `size`: 0 for each one's largest that was timed.

    RunError for a size that was not timed.
    """
    sizes = sorted({key.size for key in timed})
    if size and size not in sizes:
        raise RunError(f"no times of size {size}: there are {', '.join(map(str, sizes))}")
    points: list[Point] = []
    for routine in sorted({key.routine for key in timed}):
        chosen = size or max(key.size for key in timed if key.routine == routine)
        mine = {
            cell: sample
            for cell, sample in cells.items()
            if cell.routine == routine
            and cell.backend == GATED
            and Timed(routine, cell.dtype, cell.mode, chosen) in timed
        }
        points += _marked(list(_points(routine, mine, timed, chosen)))
    return points


def _points(
    routine: str, mine: Mapping[Cell, Sample], timed: Mapping[Timed, float], size: int
) -> Iterator[Point]:
    kinds: dict[tuple[str, str], dict[str, Sample]] = {}
    for cell, sample in mine.items():
        measured = sample.select(~np.isnan(sample.error))
        if cell.claim != HONESTY and len(measured):
            kinds.setdefault((cell.dtype, cell.mode), {})[cell.claim] = measured
    common = _common(kinds)
    for (dtype, mode), claims in kinds.items():
        digits = {
            claim: np.sort(kept(sample.error[np.isin(sample.keys, common)], dtype))
            for claim, sample in claims.items()
        }
        claim = min(digits, key=lambda name: (_at(digits[name], 0.5), _at(digits[name], 0.01)))
        median, least = (_at(digits[claim], part) for part in (0.5, 0.01))
        spent = timed[Timed(routine, dtype, mode, size)]
        yield Point(routine, dtype, mode, size, spent, median, least, claim, len(common))


def _common(kinds: dict[tuple[str, str], dict[str, Sample]]) -> NDArray[np.uint64]:
    """Members measured in every dtype and mode, of which those with too few are dropped."""
    own = {
        kind: reduce(np.intersect1d, (sample.keys for sample in claims.values()))
        for kind, claims in kinds.items()
    }
    while own:
        common = reduce(np.intersect1d, own.values())
        if len(common) >= FEWEST:
            return common
        fewest = min(own, key=lambda kind: (len(own[kind]), kind))
        del own[fewest], kinds[fewest]
    return np.zeros(0, np.uint64)


def _at(digits: NDArray[np.float64], part: float) -> float:
    return float(digits[max(math.ceil(part * len(digits)), 1) - 1])


def _marked(points: Sequence[Point]) -> list[Point]:
    """Points of one routine, those marked that no other one beats."""

    def beaten(point: Point) -> bool:
        mine = point.microseconds, -point.digits
        others = ((other.microseconds, -other.digits) for other in points)
        return any(o != mine and o[0] <= mine[0] and o[1] <= mine[1] for o in others)

    chosen = [replace(point, optimal=not beaten(point)) for point in points]
    return sorted(chosen, key=lambda p: (p.microseconds, place(p.mode, MODES)))
