"""Verdicts: the interval of an error against the interval of its bound, member by member."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from properties.dtypes import Dtype
from properties.modes import Outcomes
from properties.routine import Array, Case, Claim, Problem, Routine, evaluate, names_of
from references.compiled import inlined, kernel
from references.interval import Interval
from references.members import finite_members
from references.truth import Truth
from reports.record import (
    ANSWER,
    BROKEN,
    CRASHED,
    HELD,
    NOT_OFFERED,
    TIMED_OUT,
    UNDECIDED,
    VACUOUS,
)

SPEAKING = np.array([VACUOUS, HELD, UNDECIDED, BROKEN], np.int8)  # the last speaks first
MOST = 2.0**1023  # eps: where a bound may be infinite and is no less, it has left the range
BECAUSE_HONESTY = (
    "a regular problem whose answer the dtype can hold gets finite numbers; input that is not "
    "finite never gets finite garbage; nothing crashes or hangs"
)


def judge(
    error: Interval, bound: Interval, vacuous: NDArray[np.bool_], limit: float = math.inf
) -> tuple[Array, Array, NDArray[np.int8]]:
    """Error, bound and verdict of each member from intervals (B,) or (B, ...).

    Entries are judged one by one and the worst speaks for the member: broken before undecided
    before held; vacuous only if every entry is. `vacuous` broadcasts to the shape of the error;
    so are entries whose bound is not finite, may reach a finite `limit`, or leaves the range.
    """
    count = len(error.upper)
    shape = np.broadcast_shapes(error.upper.shape, bound.upper.shape, vacuous.shape)
    if 0 in shape[1:]:
        none = np.full(count, np.nan)
        return none, none, np.full(count, VACUOUS, np.int8)

    def flat(column: NDArray) -> NDArray:
        """Rows and columns of which there may be one: the kernel repeats them."""
        if column.shape == shape:
            return np.ascontiguousarray(column).reshape(count, -1)
        if column.ndim < 2 or column.size == len(column):
            return column.reshape(-1, 1)
        return np.ascontiguousarray(np.broadcast_to(column, shape)).reshape(count, -1)

    lower, upper, low, high = map(flat, (error.lower, error.upper, bound.lower, bound.upper))
    worst, least, rank = np.empty(count), np.empty(count), np.empty(count, np.intp)
    spoken(lower, upper, low, high, flat(vacuous), limit, worst, least, rank)
    return worst, least, SPEAKING[rank]


@kernel
def spoken(
    lower: Array,
    upper: Array,
    least: Array,
    most: Array,
    empty: NDArray[np.bool_],
    limit: float,
    error: Array,
    bound: Array,
    rank: NDArray[np.intp],
) -> None:
    """The entry of each member (B, k) that speaks: highest rank first, then the largest share.

    Vacuous are `empty` entries, and those with a bound that is not finite, may reach the limit, or
    was too large to be written down: an enclosure from MOST or more to infinity.

    Writes its error, its bound (infinite where the claim is vacuous) and its rank: 0 vacuous, 1
    held, 2 undecided, 3 broken.
    """
    for i in range(len(error)):
        rank[i], first = -1, 0.0
        row, bound_row, empty_row = repeat(i, lower), repeat(i, least), repeat(i, empty)
        for j in range(max(lower.shape[1], least.shape[1], empty.shape[1])):
            k = j if lower.shape[1] > 1 else 0
            low, high = lower[row, k], upper[row, k]
            k = j if least.shape[1] > 1 else 0
            allowed = least[bound_row, k]
            greatest = most[bound_row, k]
            speaks = 1 if high <= allowed else 3 if low > greatest else 2
            hollow = not abs(allowed) < np.inf or (limit < np.inf and greatest >= limit)
            hollow |= allowed >= MOST and greatest == np.inf
            if hollow or empty[empty_row, j if empty.shape[1] > 1 else 0]:
                speaks, allowed = 0, np.inf
            if speaks < rank[i]:
                continue
            share = high / allowed if high != 0 else 0.0
            share = np.inf if np.isnan(share) else share
            if speaks > rank[i] or share > first:
                rank[i], first = speaks, share
                error[i], bound[i] = high, allowed


@inlined
def repeat(row: int, array: NDArray) -> int:
    """The row of an array of which there may be one for all."""
    return row if len(array) > 1 else 0


class Circumstances(NamedTuple):
    """What all claims of one routine about one case share.

    `names`: what formulas may name. `possible` (B,): an answer exists and the dtype can hold it.
    """

    names: dict[str, Any]
    possible: NDArray[np.bool_]


def circumstances(
    routine: Routine, problem: Problem, truth: Truth, dtype: Dtype, mode: str
) -> Circumstances:
    """The circumstances of one stack, dtype and mode."""
    names = names_of(routine, problem, truth, dtype, mode)
    return Circumstances(names, truth.exists & _fits(truth, dtype))


def judge_claim(
    claim: Claim, case: Case, given: Circumstances
) -> tuple[Array, Array, NDArray[np.int8]]:
    """Error, bound and verdict of one claim for every member of a case.

    A claim that is about none of the members is not measured: NaN and vacuous.
    """
    about = None if claim.only is None else claim.only(case.problem)
    if about is not None and not about.any():
        nothing = np.full(len(case), np.nan)
        return nothing, nothing.copy(), np.full(len(case), VACUOUS, np.int8)
    error = claim.measure(case)
    bound = evaluate(claim.bound, given.names)
    rows = (-1,) + (1,) * (error.upper.ndim - 1)

    def aligned(column: NDArray) -> NDArray:
        return column.reshape(rows) if column.ndim == 1 else column

    vacuous = aligned(~given.possible)
    if claim.unless:
        vacuous = vacuous | ~(aligned(evaluate(claim.unless, given.names).upper) < 1)
    if about is not None:
        vacuous = vacuous | aligned(~about)
    bound = Interval(aligned(bound.lower), aligned(bound.upper))
    return judge(error, bound, vacuous, 1 / case.dtype.eps if claim.relative else math.inf)


def judge_honesty(
    routine: Routine, problem: Problem, outcomes: Outcomes, given: Circumstances
) -> tuple[Array, Array, NDArray[np.int8]]:
    """The claim that every routine makes; an error of 0 or infinity against a bound of 1."""
    count = len(problem)
    hostile = ~finite_members(*problem.inputs)
    if outcomes.finite.all() and not hostile.any():
        return np.zeros(count), np.ones(count), np.full(count, HELD, np.int8)
    words = outcomes.words
    excuse = np.asarray(evaluate(routine.excused, given.names).upper)
    excused = ~given.possible | ~(excuse < 1 if excuse.ndim < 2 else (excuse < 1).all(axis=1))
    fatal = (words == CRASHED) | (words == TIMED_OUT)
    silent = (words != ANSWER) & ~fatal
    garbage = (words == ANSWER) & hostile & outcomes.finite
    hollow = (words == ANSWER) & ~hostile & ~outcomes.finite
    broken = fatal | garbage | ((hollow | (silent & ~hostile)) & ~excused)
    verdict = np.where(broken, np.int8(BROKEN), np.int8(HELD))
    verdict[words == NOT_OFFERED] = VACUOUS
    return np.where(verdict == BROKEN, np.inf, 0.0), np.ones(count), verdict


def _fits(truth: Truth, dtype: Dtype) -> NDArray[np.bool_]:
    """Members whose every exact entry the dtype holds without overflow."""
    fits = np.ones(len(truth), dtype=bool)
    for part in truth.parts:
        sizes = np.ascontiguousarray(np.abs(part.hi)).reshape(len(truth), -1)
        below(sizes, part.exponent, dtype.max, fits)
    return fits


@kernel
def below(sizes: Array, exponent: NDArray[np.int64], most: float, fits: NDArray[np.bool_]) -> None:
    """Withdraw members of (B, k) with a number beyond `most` 2^-exponent from those that fit."""
    for member in range(len(sizes)):
        top = 0.0
        for x in sizes[member]:
            top = max(top, x)
        fits[member] &= math.ldexp(top, max(-3000, min(exponent[member], 3000))) <= most
