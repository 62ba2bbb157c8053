"""Backends: what answers a stack, and the outcome of each member."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from properties.dtypes import Dtype
from properties.protocol import Executor, Reply, Request
from properties.routine import Array, Problem, Routine
from references.members import finite_members
from references.truth import Truth
from reports.record import ANSWER, CRASHED, NOT_OFFERED, OUTCOMES, RAISED, TIMED_OUT, coded

EAGER, GRAPH, XLA = "eager", "graph", "xla"
DEATHS = (CRASHED, TIMED_OUT)  # outcomes that cost a process
MODES = (EAGER, GRAPH, XLA)
LIBRARY = ("float32", "float64", "complex64", "complex128")  # what LAPACK computes in


@dataclass(frozen=True)
class Outcomes:
    """What B members got.

    `words`: a word for each. `arrays`: the answers, NaN where there is none. `messages`: by member,
    what was raised, or what was answered in the wrong shape or dtype.
    """

    words: NDArray[np.str_]
    arrays: tuple[Array, ...]
    messages: dict[int, str]

    @cached_property
    def codes(self) -> NDArray[np.int8]:
        """The words as places in OUTCOMES."""
        return coded(self.words, OUTCOMES)

    @cached_property
    def finite(self) -> NDArray[np.bool_]:
        """Members with an answer that holds numbers only."""
        answered: NDArray[np.bool_] = self.codes == OUTCOMES.index(ANSWER)
        return answered & finite_members(*self.arrays) if self.arrays else answered


class Backend(Protocol):
    """Anything that answers problems."""

    @property
    def name(self) -> str:
        """What records call it."""

    @property
    def modes(self) -> tuple[str, ...]:
        """The ways in which it executes."""

    def answer(
        self, routine: Routine, problem: Problem, dtype: Dtype, mode: str, truth: Truth
    ) -> Outcomes:
        """The outcome of each member of one stack."""


@dataclass(frozen=True)
class TensorFlow:
    """A TensorFlow in an isolated child, or what stands in its place; the name says which."""

    worker: Executor
    modes: tuple[str, ...] = MODES
    device: str = "CPU:0"
    fault: str = ""
    name: str = "tensorflow"
    mishaps: list[str] = field(default_factory=list, compare=False)
    _ahead: dict[tuple[int, str, str], tuple[Problem, Reply]] = field(
        default_factory=dict, compare=False
    )  # by the number of an object that it keeps, or another might get the number

    def answer(
        self, routine: Routine, problem: Problem, dtype: Dtype, mode: str, truth: Truth
    ) -> Outcomes:
        """One call for the stack; if it fails as a whole, halves, down to single members.

        A call that costs its process is asked once more, of the stack and of a member alone, before
        the input is blamed; `mishaps` tells of each.
        """
        request = self._request(routine, problem, dtype, mode)
        _, reply = self._ahead.pop((id(problem), dtype.name, mode), (problem, None))
        replies: list[tuple[NDArray[np.int64], Reply]] = []
        before = len(self.mishaps)
        self._bisect(request, np.arange(len(problem)), replies, reply)
        for i in range(before, len(self.mishaps)):
            whose = f"member {problem.digests[0]} and others of {problem.recipe}"
            self.mishaps[i] = f"{self.mishaps[i]}, {whose}"
        return collect(replies, truth, dtype)

    def ask_ahead(
        self, routine: Routine, problems: Sequence[tuple[Problem, Sequence[Dtype]]]
    ) -> None:
        """Have eager calls of several stacks, each in its dtypes, answered by one message.

        `answer` finds the replies. If that costs the process, it asks each by itself, as it does
        in modes that compile first.
        """
        self._ahead.clear()
        calls = [(p, d) for p, dtypes in problems for d in dtypes if EAGER in self.modes]
        if len(calls) < 2:
            return
        replies = self.worker.ask_all([self._request(routine, p, d, EAGER) for p, d in calls])
        if replies is None:
            told = f"{len(calls)} {EAGER} stacks at once cost the process; asked one by one"
            self.mishaps.append(f"{told}, {problems[0][0].recipe} and others")
            return
        for (problem, dtype), reply in zip(calls, replies, strict=True):
            self._ahead[id(problem), dtype.name, EAGER] = problem, reply

    def _request(self, routine: Routine, problem: Problem, dtype: Dtype, mode: str) -> Request:
        return Request(
            call=routine.call,
            fault=(routine.name, self.fault) if self.fault else None,
            mode=mode,
            device=self.device,
            dtype=dtype.name,
            arguments=dict(problem.arguments),
            inputs=tuple(array.astype(dtype.numpy, copy=False) for array in problem.inputs),
        )

    def _bisect(
        self,
        request: Request,
        members: NDArray[np.int64],
        replies: list[tuple[NDArray[np.int64], Reply]],
        reply: Reply | None = None,
    ) -> None:
        part = replace_inputs(request, members)
        reply = reply or self.worker.ask(part)
        if reply.outcome in DEATHS and len(members) in (1, len(request.inputs[0])):
            # Others may have killed the child, and halves of a stack may get other bits.
            again = self.worker.ask(part)
            told = f"{request.mode} {request.dtype}, {len(members)} members"
            self.mishaps.append(f"{told}: {reply.message}; asked again: {again.outcome}")
            reply = again
        if reply.outcome in (ANSWER, NOT_OFFERED) or len(members) <= 1:
            replies.append((members, reply))
            return
        # What is traced or compiled pays for each new shape: an exception goes to single members.
        alone = reply.outcome == RAISED and request.mode in (GRAPH, XLA)
        pieces = len(members) if alone else 2
        for piece in np.array_split(members, pieces):
            self._bisect(request, piece, replies)


def replace_inputs(request: Request, members: NDArray[np.int64]) -> Request:
    """The same call on some members of the stack, in ascending order: mostly on all of them."""
    if len(members) == len(request.inputs[0]):
        return request
    return request._replace(inputs=tuple(array[members] for array in request.inputs))


@dataclass(frozen=True)
class Library:
    """SciPy at the precision of the dtype: the rival that a report shows beside TensorFlow."""

    name: str = "scipy"
    modes: tuple[str, ...] = ("library",)

    def answer(
        self, routine: Routine, problem: Problem, dtype: Dtype, mode: str, truth: Truth
    ) -> Outcomes:
        """Member by member; SciPy offers neither float16 nor bfloat16."""
        rival = routine.rival
        everyone = np.arange(len(problem))
        if rival is None or dtype.name not in LIBRARY:
            return collect([(everyone, Reply(NOT_OFFERED, (), ""))], truth, dtype)
        replies = []
        inputs = [array.astype(dtype.numpy) for array in problem.inputs]
        for i in everyone:
            try:
                with warnings.catch_warnings():  # of the conditioning, which is measured here
                    warnings.simplefilter("ignore")
                    parts = rival(*(array[i] for array in inputs), **problem.arguments)
                reply = Reply(ANSWER, tuple(np.asarray(part)[None] for part in parts), "")
            except (ArithmeticError, ValueError) as error:  # LinAlgError is a ValueError
                reply = Reply(RAISED, (), f"{type(error).__name__}: {error}")
            replies.append((everyone[i : i + 1], reply))
        return collect(replies, truth, dtype)


@dataclass(frozen=True)
class Implementation:
    """A backend from a function of the truth: the correct and the honest ones of the power test."""

    name: str
    function: Callable[[Routine, Problem, Dtype, Truth], tuple[Array, ...]]
    modes: tuple[str, ...] = ("library",)

    def answer(
        self, routine: Routine, problem: Problem, dtype: Dtype, mode: str, truth: Truth
    ) -> Outcomes:
        """The function's answer, rounded to the dtype."""
        parts = self.function(routine, problem, dtype, truth)
        rounded = tuple(part.astype(dtype.of(part)) for part in parts)
        return collect([(np.arange(len(problem)), Reply(ANSWER, rounded, ""))], truth, dtype)


@dataclass(frozen=True)
class Answered:
    """A backend that gives what was answered before, whatever is asked."""

    name: str
    outcomes: Outcomes
    modes: tuple[str, ...]

    def answer(
        self, routine: Routine, problem: Problem, dtype: Dtype, mode: str, truth: Truth
    ) -> Outcomes:
        """The outcomes."""
        return self.outcomes


def collect(replies: list[tuple[NDArray[np.int64], Reply]], truth: Truth, dtype: Dtype) -> Outcomes:
    """Replies to parts of a stack, put together; an answer of a wrong shape or dtype holds NaN."""
    count = len(truth)
    words = np.full(count, RAISED, dtype="U12")
    arrays = tuple(np.full_like(part.hi, np.nan) for part in truth.parts)
    messages: dict[int, str] = {}
    for members, reply in replies:
        words[members] = reply.outcome
        got = [(array.shape, str(array.dtype)) for array in reply.arrays]
        want = [((len(members), *array.shape[1:]), str(dtype.of(array))) for array in arrays]
        if reply.outcome == ANSWER and got == want:
            if len(members) == count:
                arrays = tuple(
                    part.astype(array.dtype, copy=False)
                    for array, part in zip(arrays, reply.arrays, strict=True)
                )
                continue
            for array, part in zip(arrays, reply.arrays, strict=True):
                array[members] = part.astype(array.dtype)
        elif reply.outcome == ANSWER:
            messages |= dict.fromkeys(members.tolist(), f"answered {got}, {want} is due")
        else:
            messages |= dict.fromkeys(members.tolist(), reply.message)
    return Outcomes(words, arrays, messages)
