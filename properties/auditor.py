"""mpmath in a process of its own: it audits while the line goes on.

One member in a hundred costs mpmath more than the line takes for all hundred. So members are
handed over in batches, a few batches may wait, and only then does the line wait too.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from properties.dtypes import DTYPES
from properties.kept import Kept, arrays_of, named
from properties.routine import Array, Problem, Routine
from references.truth import Truth

DISAGREE = 1e-12  # engines may differ by what their own tolerances leave: nothing like this
WAITING = 64  # batches that may be under way


class ReferenceDisagreement(AssertionError):
    """Two engines prove different truths: an error of this suite, never of TensorFlow."""


class Batch(NamedTuple):
    """Members of one stack, as plain data for the other process."""

    routine: str
    audit: Callable[..., Any]
    inputs: tuple[Array, ...]
    arguments: Mapping[str, Any]
    truth: Truth
    told: tuple[str, ...]  # of each member, for a person


@dataclass
class Auditor:
    """Hands members to mpmath and hears of disagreement.

    `audited`: members, by routine; `unanswered`: those that mpmath gave up. `asked`, `heard`:
    batches handed over, and answered, in order.
    """

    audited: Counter[str] = field(default_factory=Counter)
    unanswered: int = 0
    asked: int = 0
    heard: int = 0
    kept: Kept | None = None
    _executor: ProcessPoolExecutor | None = None
    _waiting: deque[tuple[Batch, Future[list[float | None]]]] = field(default_factory=deque)

    def ask(
        self, routine: Routine, problem: Problem, truth: Truth, members: Sequence[int], dtype: str
    ) -> None:
        """Set members to mpmath, sooner or later; raise what was found of earlier ones.

        `members` must have a finite truth.
        """
        if routine.audit is not None and len(members):
            chosen = np.asarray(members)
            extra = {"eps": DTYPES[dtype].eps} if routine.by_dtype else {}
            batch = Batch(
                routine.name,
                routine.audit,
                tuple(array[chosen] for array in problem.inputs),
                {**extra, **problem.arguments},
                truth.select(chosen),
                tuple(f"member {i} of {problem.recipe}" for i in members),
            )
            self._waiting.append((batch, self._answer(batch)))
            self.asked += 1
        while self._waiting and (self._waiting[0][1].done() or len(self._waiting) > WAITING):
            self._hear()

    def settle(self) -> None:
        """Wait for all that was asked; raise ReferenceDisagreement if engines differ."""
        while self._waiting:
            self._hear()

    def close(self) -> None:
        """Let go of the other process; what it has not answered is not counted."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
        self._executor = None
        self._waiting.clear()

    def _hear(self) -> None:
        batch, future = self._waiting.popleft()
        gaps = self._gaps(batch, future)
        for gap, told, engine in zip(gaps, batch.told, batch.truth.engine, strict=True):
            if gap is None:
                self.unanswered += 1
                continue
            self.audited[batch.routine] += 1
            if not gap <= DISAGREE:  # NaN is no agreement
                raise ReferenceDisagreement(
                    f"{batch.routine}: {engine} and mpmath differ by {gap:.3g} of the norm on "
                    f"{told}; no verdict of this run can be trusted until the reference is mended"
                )
        self.heard += 1

    def _answer(self, batch: Batch) -> Future[list[float | None]]:
        """What mpmath said in an earlier run, or will say."""
        kept = self.kept
        if kept is None:
            return self._submit(batch)
        name = _name(batch)
        known = kept.gaps(name)
        if known is None:
            future = self._submit(batch)
            future.add_done_callback(lambda done: _keep(kept, name, done))
        else:
            future = Future()
            future.set_result([*known])
        return future

    def _submit(self, batch: Batch) -> Future[list[float | None]]:
        self._executor = self._executor or _started()
        try:
            return self._executor.submit(disagreements, batch)
        except BrokenProcessPool:  # it was killed
            self._executor = _started()
            return self._executor.submit(disagreements, batch)

    def _gaps(self, batch: Batch, future: Future[list[float | None]]) -> list[float | None]:
        """What mpmath found; a batch whose process was killed is set again, and once more only."""
        try:
            return future.result()
        except BrokenProcessPool:
            pass
        try:
            return self._submit(batch).result()
        except BrokenProcessPool:
            return [None] * len(batch.truth)


def _keep(kept: Kept, name: str, done: Future[list[float | None]]) -> None:
    """Keep what mpmath found where it answered; a cancelled batch and a killed process did not."""
    if done.cancelled() or done.exception() is not None:
        return
    gaps = [gap for gap in done.result() if gap is not None]
    if len(gaps) == len(done.result()):
        kept.keep_gaps(name, gaps)


def _name(batch: Batch) -> str:
    words = f"mpmath {batch.routine} {sorted(batch.arguments.items())!r}"
    return named(words, [*batch.inputs, *arrays_of(batch.truth)])


def disagreements(batch: Batch) -> list[float | None]:
    """How far mpmath lies outside of the proved radius of each member, relative to its norm.

    None where mpmath gives up: iterations that do not converge and pivots of zero, as some matrices
    have that are all but singular.
    """
    return [_disagreement(batch, i) for i in range(len(batch.truth))]


def _disagreement(batch: Batch, member: int) -> float | None:
    from mpmath import mp

    from references.audits import disagreement

    inputs = (array[member] for array in batch.inputs)
    try:
        return disagreement(batch.audit(*inputs, **batch.arguments), batch.truth, member)
    except (mp.NoConvergence, ZeroDivisionError):
        return None
    except Exception as error:  # which comes to light in a block of whatever routine
        told = f"{batch.routine}, {batch.told[member]}"
        raise RuntimeError(f"mpmath was asked about {told}, and failed: {error!r}") from error


def _started() -> ProcessPoolExecutor:
    """Spawned, for flint and TensorFlow's server do not survive a fork."""
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_begin)


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that was killed cannot say goodbye, and hours of mpmath may be waiting."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
