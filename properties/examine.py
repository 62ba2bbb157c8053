"""The core: one stack, its truth, every answer to it, every claim about each answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from properties.dtypes import DTYPES, Dtype
from properties.modes import Backend, Outcomes
from properties.routine import Array, Case, Claim, Problem, Routine, evaluate, names_of
from references.interval import Interval
from references.truth import LEVELS, Truth
from reports.record import (
    ANSWER,
    BROKEN,
    CRASHED,
    HELD,
    NOT_OFFERED,
    TIMED_OUT,
    UNDECIDED,
    VACUOUS,
    Answers,
    Cell,
    Records,
    Stack,
)  # fmt: skip

WORD = "U9"  # holds every verdict
HONESTY = "honesty"
BECAUSE_HONESTY = (
    "a regular problem whose answer the dtype can hold gets finite numbers; input that is not "
    "finite never gets finite garbage; nothing crashes or hangs"
)


@dataclass
class Sitting:
    """One outcome while it is being judged: the members that answered, and their verdicts."""

    backend: str
    mode: str
    dtype: Dtype
    outcomes: Outcomes
    members: NDArray[np.int64]
    results: dict[str, tuple[Array, Array, NDArray[np.str_]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Examined:
    """All that came of one stack, for the recorder and for messages to a person."""

    stack: Stack
    answers: tuple[Answers, ...]
    records: tuple[Records, ...]
    outcomes: dict[tuple[str, str, str], Outcomes]  # by dtype, mode, backend
    truths: dict[str, Truth]  # by dtype


def examine(
    routine: Routine,
    problem: Problem,
    backends: Sequence[Backend],
    *,
    block: str = "",
    dtypes: Sequence[str] = tuple(DTYPES),
    modes: Sequence[str] | None = None,
) -> Examined:
    """Set one stack to every backend, mode and dtype; judge every claim on every member.

    The truth is computed once and shared; members that an interval leaves open in any dtype or
    mode are joined, and their truth is sharpened up to LEVELS times.
    """
    chosen = [d for d in problem.dtypes if d.name in dtypes and d.name in routine.dtypes]
    truths = _truths(routine, problem, chosen)
    sittings = []
    for dtype in chosen:
        for backend in backends:
            for mode in backend.modes:
                if modes is not None and mode not in (*modes, "library"):
                    continue
                got = backend.answer(routine, problem, dtype, mode, truths[dtype.name])
                members = np.flatnonzero(got.finite)
                sittings.append(Sitting(backend.name, mode, dtype, got, members))
    for level in range(LEVELS):
        undecided = _judge_all(routine, problem, truths, sittings)
        if not undecided.any() or level + 1 == LEVELS:
            break
        _sharpen(routine, problem, truths, np.flatnonzero(undecided), level + 1)
    return Examined(
        stack=_stack(routine, problem, truths, block),
        answers=tuple(_answers(routine, problem, sitting) for sitting in sittings),
        records=tuple(_records(routine, problem, truths, sittings)),
        outcomes={(s.dtype.name, s.mode, s.backend): s.outcomes for s in sittings},
        truths=truths,
    )


def judge(error: Interval, bound: Interval, vacuous: NDArray[np.bool_]) -> tuple[
    Array, Array, NDArray[np.str_]
]:  # fmt: skip
    """Error, bound and verdict of each member from intervals (B,) or (B, ...).

    Entries are judged one by one and the worst speaks for the member: broken before undecided
    before held; vacuous only if every entry is. `vacuous` broadcasts to the shape of the error.
    """
    count = len(error.upper)
    shape = np.broadcast_shapes(error.upper.shape, bound.upper.shape, vacuous.shape)

    def flat(column: NDArray) -> NDArray:
        return np.broadcast_to(column, shape).reshape(count, -1)

    lower, upper, least, most = map(flat, (error.lower, error.upper, bound.lower, bound.upper))
    empty = flat(vacuous)
    if lower.shape[1] == 0:
        none = np.full(count, np.nan)
        return none, none, np.full(count, VACUOUS, WORD)
    with np.errstate(all="ignore"):
        share = np.where(upper == 0, 0.0, upper / least)
        share = np.where(np.isnan(share), np.inf, share)
        part = np.where(np.isinf(share), 1.0, share / (1 + share))
    rank = np.where(upper <= least, 1.0, np.where(lower > most, 3.0, 2.0))
    rank = np.where(empty, 0.0, rank)
    # The entry that speaks: highest rank first, then the largest share.
    worst = np.argmax(rank * 2 + part, axis=1)[:, None]
    least = np.where(empty, np.inf, least)  # what is vacuous allows anything
    pick = [np.take_along_axis(x, worst, axis=1)[:, 0] for x in (upper, least, rank)]
    words = np.array([VACUOUS, HELD, UNDECIDED, BROKEN])[pick[2].astype(int)]
    return pick[0], pick[1], words


def judge_claim(routine: Routine, claim: Claim, case: Case) -> tuple[
    Array, Array, NDArray[np.str_]
]:  # fmt: skip
    """Error, bound and verdict of one claim for every member of a case."""
    names = names_of(routine, case.problem, case.truth, case.dtype, case.mode)
    error = claim.measure(case)
    bound = evaluate(claim.bound, names)
    rows = (-1,) + (1,) * (error.upper.ndim - 1)

    def aligned(column: NDArray) -> NDArray:
        return column.reshape(rows) if column.ndim == 1 else column

    vacuous = ~np.isfinite(bound.lower)
    if claim.relative:
        vacuous = vacuous | (bound.upper * case.dtype.eps >= 1)
    vacuous = aligned(vacuous) | aligned(~(case.truth.exists & _fits(case.truth, case.dtype)))
    if claim.unless:
        vacuous = vacuous | ~(aligned(evaluate(claim.unless, names).upper) < 1)
    if claim.only is not None:
        vacuous = vacuous | aligned(~claim.only(case.problem))
    bound = Interval(aligned(bound.lower), aligned(bound.upper))
    return judge(error, bound, vacuous)


def _truths(routine: Routine, problem: Problem, dtypes: Sequence[Dtype]) -> dict[str, Truth]:
    if routine.by_dtype:
        return {d.name: _truth(routine, problem, d, 0) for d in dtypes}
    shared = _truth(routine, problem, None, 0) if dtypes else None
    return {d.name: shared for d in dtypes if shared is not None}


def _truth(routine: Routine, problem: Problem, dtype: Dtype | None, level: int) -> Truth:
    extra = {"eps": dtype.eps} if dtype is not None else {}
    return routine.reference(*problem.inputs, level=level, **extra, **problem.arguments)


def _judge_all(
    routine: Routine, problem: Problem, truths: dict[str, Truth], sittings: list[Sitting]
) -> NDArray[np.bool_]:
    """Judge every claim of every sitting; tell which members are undecided anywhere."""
    undecided = np.zeros(len(problem), dtype=bool)
    for sitting in sittings:
        truth = truths[sitting.dtype.name]
        members = sitting.members
        case = Case(
            problem.select(members),
            tuple(array[members] for array in sitting.outcomes.arrays),
            truth.select(members),
            sitting.dtype,
            sitting.mode,
        )
        for claim in routine.claims:
            if len(members):
                result = judge_claim(routine, claim, case)
                sitting.results[claim.name] = result
                undecided[members] |= result[2] == UNDECIDED
    return undecided


def _sharpen(
    routine: Routine,
    problem: Problem,
    truths: dict[str, Truth],
    members: NDArray[np.int64],
    level: int,
) -> None:
    part = problem.select(members)
    shared: Truth | None = None
    for name, truth in truths.items():
        if routine.by_dtype:
            sharper = _truth(routine, part, DTYPES[name], level)
        else:
            shared = sharper = shared or _truth(routine, part, None, level)
        truths[name] = truth.replace(members, sharper)


def _honesty(
    routine: Routine, problem: Problem, truth: Truth, sitting: Sitting
) -> tuple[Array, Array, NDArray[np.str_]]:
    """The claim that every routine makes; an error of 0 or infinity against a bound of 1."""
    words, count = sitting.outcomes.words, len(problem)
    names = names_of(routine, problem, truth, sitting.dtype, sitting.mode)
    excuse = np.broadcast_to(evaluate(routine.excused, names).upper, count)
    excused = ~truth.exists | ~(excuse < 1) | ~_fits(truth, sitting.dtype)
    hostile = ~reduce(
        np.logical_and,
        (np.isfinite(array).reshape(count, -1).all(axis=1) for array in problem.inputs),
    )
    fatal = (words == CRASHED) | (words == TIMED_OUT)
    silent = (words != ANSWER) & ~fatal
    garbage = (words == ANSWER) & hostile & sitting.outcomes.finite
    hollow = (words == ANSWER) & ~hostile & ~sitting.outcomes.finite
    broken = fatal | garbage | ((hollow | (silent & ~hostile)) & ~excused)
    verdict = np.where(broken, BROKEN, HELD)
    verdict = np.where(words == NOT_OFFERED, VACUOUS, verdict)
    return np.where(verdict == BROKEN, np.inf, 0.0), np.ones(count), verdict


def _fits(truth: Truth, dtype: Dtype) -> NDArray[np.bool_]:
    """Members whose every exact entry the dtype holds without overflow."""
    fits = np.ones(len(truth), dtype=bool)
    for part in truth.parts:
        size = np.abs(part.hi).reshape(len(truth), -1).max(axis=1, initial=0.0)
        with np.errstate(over="ignore"):
            fits &= np.ldexp(size, np.clip(part.exponent, -3000, 3000)) <= dtype.max
    return fits


def _stack(routine: Routine, problem: Problem, truths: dict[str, Truth], block: str) -> Stack:
    finest = truths[max(truths, key=lambda name: DTYPES[name].bits)].quantities if truths else {}
    return Stack(
        routine=routine.name,
        block=block,
        digest=problem.digest,
        digests=problem.digests,
        recipe=problem.recipe,
        sizes=dict(problem.sizes),
        arguments=dict(problem.arguments),
        traits=dict(problem.traits),
        quantities={
            name: interval.upper for name, interval in finest.items() if interval.upper.ndim == 1
        },
    )


def _answers(routine: Routine, problem: Problem, sitting: Sitting) -> Answers:
    return Answers(
        stack=problem.digest,
        routine=routine.name,
        dtype=sitting.dtype.name,
        mode=sitting.mode,
        backend=sitting.backend,
        outcomes=tuple(sitting.outcomes.words.tolist()),
        messages=sitting.outcomes.messages,
    )


def _records(
    routine: Routine, problem: Problem, truths: dict[str, Truth], sittings: list[Sitting]
) -> Iterator[Records]:
    count = len(problem)
    for sitting in sittings:
        where = (sitting.dtype.name, sitting.mode, sitting.backend)
        honest = _honesty(routine, problem, truths[sitting.dtype.name], sitting)
        yield Records(problem.digest, Cell(routine.name, HONESTY, *where), *honest)
        for claim, (error, bound, verdict) in sitting.results.items():
            columns = np.full(count, np.nan), np.full(count, np.nan), np.full(count, VACUOUS, WORD)
            for column, part in zip(columns, (error, bound, verdict), strict=True):
                column[sitting.members] = part
            yield Records(problem.digest, Cell(routine.name, claim, *where), *columns)
