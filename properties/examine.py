"""The core: one stack, its truth, every answer to it, every claim about each answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from properties.dtypes import DTYPES, Dtype
from properties.embedding import embedded
from properties.judge import (
    Circumstances,
    circumstances,
    judge_claim,
    judge_honesty,
)  # fmt: skip
from properties.modes import EAGER, MODES, Backend, Outcomes, TensorFlow
from properties.routine import Array, Case, Problem, Routine
from properties.shapes import Left
from references.truth import LEVELS, Truth
from reports.record import (
    HONESTY,
    NOT_OFFERED,
    OUTCOMES,
    UNDECIDED,
    VACUOUS,
    Answers,
    Cell,
    Records,
    Stack,
)

KEPT = 2**20  # entries; what formulas name takes several times the memory of long rows
Result = tuple[Array, Array, NDArray[np.int8]]  # error, bound and verdict of one claim


@dataclass
class Sitting:
    """One outcome while it is being judged: the members that answered, and their verdicts."""

    backend: str
    mode: str
    dtype: Dtype
    outcomes: Outcomes
    members: NDArray[np.int64]
    results: dict[str, Result] = field(default_factory=dict)
    given: Circumstances | None = None  # of the whole stack, on the truth that stands


@dataclass(frozen=True)
class Examined:
    """All that came of one stack, for the recorder and for messages to a person."""

    stack: Stack
    answers: tuple[Answers, ...]
    records: tuple[Records, ...]
    outcomes: dict[tuple[str, str, str], Outcomes]  # by dtype, mode, backend
    truths: dict[str, Truth]  # by dtype

    def refused(self, mode: str) -> bool:
        """Whether it was set in this mode, which does not offer it in any dtype."""
        answers = [a.outcomes for a in self.answers if a.mode == mode]
        refusal = OUTCOMES.index(NOT_OFFERED)
        return bool(answers) and all((outcomes == refusal).all() for outcomes in answers)


def examine(
    routine: Routine,
    problem: Problem,
    backends: Sequence[Backend],
    *,
    block: str = "",
    dtypes: Sequence[str] = tuple(DTYPES),
    modes: Sequence[str] | None = None,
    left: Collection[Left] = (),
) -> Examined:
    """Set one stack to every backend, mode and dtype but those `left`; judge every claim.

    The truth is computed once and shared; members that an interval leaves open in any dtype or
    mode are joined, and their truth is sharpened up to LEVELS times.
    """
    chosen = _chosen(routine, problem, dtypes)
    truths = _truths(routine, problem, chosen)
    sittings = list(_sittings(routine, problem, backends, modes, left, chosen, truths))
    undecided = np.ones(len(problem), dtype=bool)
    for level in range(LEVELS):
        undecided = _judge_all(routine, problem, truths, sittings, undecided)
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


def examine_all(
    routine: Routine,
    problems: Sequence[Problem],
    backends: Sequence[Backend],
    *,
    block: str = "",
    dtypes: Sequence[str] = tuple(DTYPES),
    modes: Sequence[str] | None = None,
) -> Iterator[Examined]:
    """What `examine` makes of each stack; TensorFlow is asked of all of them ahead."""
    for backend in backends:
        if isinstance(backend, TensorFlow) and (modes is None or EAGER in modes):
            backend.ask_ahead(routine, [(p, _chosen(routine, p, dtypes)) for p in problems])
    for problem in problems:
        yield examine(routine, problem, backends, block=block, dtypes=dtypes, modes=modes)


def _chosen(routine: Routine, problem: Problem, dtypes: Sequence[str]) -> list[Dtype]:
    return [d for d in problem.dtypes if d.name in dtypes and d.name in routine.dtypes]


def _sittings(
    routine: Routine,
    problem: Problem,
    backends: Sequence[Backend],
    modes: Sequence[str] | None,
    left: Collection[Left],
    dtypes: Sequence[Dtype],
    truths: dict[str, Truth],
) -> Iterator[Sitting]:
    for dtype in dtypes:
        for backend in backends:
            for mode in backend.modes:
                if modes is not None and mode in MODES and mode not in modes:
                    continue
                if (mode, dtype.name) in left:
                    continue
                got = backend.answer(routine, problem, dtype, mode, truths[dtype.name])
                if routine.tidied is not None:
                    got = replace(got, arrays=tuple(map(routine.tidied, got.arrays)))
                members = np.flatnonzero(got.finite)
                yield Sitting(backend.name, mode, dtype, got, members)


def _truths(routine: Routine, problem: Problem, dtypes: Sequence[Dtype]) -> dict[str, Truth]:
    if routine.by_dtype:
        return {d.name: truth_of(routine, problem, d, 0) for d in dtypes}
    shared = truth_of(routine, problem, None, 0) if dtypes else None
    return {d.name: shared for d in dtypes if shared is not None}


def truth_of(routine: Routine, problem: Problem, dtype: Dtype | None, level: int) -> Truth:
    """The truth of a stack at one level; `dtype` counts where it defines the answer."""
    extra = {"eps": dtype.eps} if routine.by_dtype and dtype is not None else {}
    return routine.reference(*problem.inputs, level=level, **extra, **problem.arguments)


def _judge_all(
    routine: Routine,
    problem: Problem,
    truths: dict[str, Truth],
    sittings: list[Sitting],
    open_: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Judge the open members on every claim of every sitting; tell which stay undecided."""
    undecided = np.zeros(len(problem), dtype=bool)
    for sitting in sittings:
        places = np.flatnonzero(open_[sitting.members])
        if not len(places):
            continue
        members = sitting.members[places]
        case = _case(problem, truths[sitting.dtype.name], sitting, members)
        given = circumstances(routine, case.problem, case.truth, case.dtype, case.mode)
        whole = len(members) == len(problem) and problem.inputs[0].size <= KEPT
        sitting.given = given if whole else None
        measured = case
        if routine.embedding is not None and case.dtype.is_complex:
            measured = embedded(case, routine.embedding)
        for claim in routine.claims:
            result = judge_claim(claim, measured, given)
            if len(members) == len(sitting.members):
                sitting.results[claim.name] = result
            else:
                columns: tuple[NDArray[Any], ...] = sitting.results[claim.name]
                for column, part in zip(columns, result, strict=True):
                    column[places] = part
            undecided[members] |= result[2] == UNDECIDED
    return undecided


def _case(problem: Problem, truth: Truth, sitting: Sitting, members: NDArray[np.int64]) -> Case:
    """The case of some members in ascending order, which mostly are all of them."""
    arrays = sitting.outcomes.arrays
    if len(members) < len(problem):
        problem, truth = problem.select(members), truth.select(members)
        arrays = tuple(array[members] for array in arrays)
    return Case(problem, arrays, truth, sitting.dtype, sitting.mode)


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
            sharper = truth_of(routine, part, DTYPES[name], level)
        else:
            shared = sharper = shared or truth_of(routine, part, None, level)
        truths[name] = truth.replace(members, sharper)


def _stack(routine: Routine, problem: Problem, truths: dict[str, Truth], block: str) -> Stack:
    finest = truths[max(truths, key=lambda name: DTYPES[name].bits)].quantities if truths else {}
    return Stack(
        routine=routine.name,
        block=block,
        digest=problem.digest,
        keys=problem.keys,
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
        outcomes=sitting.outcomes.codes,
        messages=sitting.outcomes.messages,
    )


def _records(
    routine: Routine, problem: Problem, truths: dict[str, Truth], sittings: list[Sitting]
) -> Iterator[Records]:
    count = len(problem)
    for sitting in sittings:
        where = (sitting.dtype.name, sitting.mode, sitting.backend)
        given = sitting.given or circumstances(
            routine, problem, truths[where[0]], sitting.dtype, sitting.mode
        )
        honest = judge_honesty(routine, problem, sitting.outcomes, given)
        yield Records(problem.digest, Cell(routine.name, HONESTY, *where), *honest)
        for claim, result in sitting.results.items():
            columns = result if len(sitting.members) == count else _spread(sitting, result, count)
            yield Records(problem.digest, Cell(routine.name, claim, *where), *columns)


def _spread(sitting: Sitting, result: Result, count: int) -> Result:
    """The results of the members that answered among those of all; NaN and vacuous elsewhere."""
    error, bound = np.full(count, np.nan), np.full(count, np.nan)
    verdict = np.full(count, VACUOUS, np.int8)
    error[sitting.members], bound[sitting.members], verdict[sitting.members] = result
    return error, bound, verdict
