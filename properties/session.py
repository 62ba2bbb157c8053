"""One test session: what is judged, where it is recorded, and what a break comes to."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from properties import interrupts, log
from properties.auditor import Auditor
from properties.bundle import Bundle, Heard
from properties.dtypes import DTYPES
from properties.examine import Examined, examine, examine_all
from properties.findings import finding_of, sharpened
from properties.kept import Kept
from properties.modes import MODES, Backend, TensorFlow
from properties.routine import Problem, Routine
from properties.shapes import left_to_audits
from reports import blocks
from reports.baseline import Baseline, StoredRecipe
from reports.blocks import Done
from reports.cases import LISTED, name_of, rank, save_finding
from reports.ledger import Ledger
from reports.record import BROKEN, Cell, Finding
from reports.store import Spool

AUDITED = 100  # one member in a hundred, chosen by its digest, is set to mpmath


@dataclass
class Session:
    """Options of the command line and the open files of one worker.

    `examples` problems to a block at most, `asked` of a routine of volume 1, `depth` members to a
    stack; `audit` records and never fails, `replay` tells all about the one finding that was asked
    for. `leaves`: whether a gate leaves some modes and dtypes to audits. `recipes` and `baseline`:
    what drift is measured on, and against.
    """

    backends: Sequence[Backend]
    spool: Spool
    run: Path
    worker: str
    environment: dict[str, str]
    ledger: Ledger
    dtypes: tuple[str, ...] = tuple(DTYPES)
    modes: tuple[str, ...] = MODES
    leaves: bool = False
    depth: int = 8
    examples: int = 10
    asked: int = 2**20
    seed: int = 0
    audit: bool = False
    member: int | None = None  # the key of the only one to judge; None: all
    replay: bool = False
    recipes: Mapping[str, tuple[StoredRecipe, ...]] = field(default_factory=dict)
    baseline: Baseline | None = None
    auditor: Auditor = field(default_factory=Auditor)
    kept: Kept | None = None  # what was proved in earlier runs
    left_out: Counter[str] = field(default_factory=Counter)  # members, by reason
    worst: dict[str, tuple[float, str]] = field(default_factory=dict)  # findings kept so far
    _bundle: Bundle = field(default_factory=Bundle)
    _ended: deque[tuple[str, int, int]] = field(default_factory=deque)  # blocks not yet noted
    log: logging.Logger = field(default_factory=log.quiet)
    judged: int = 0  # answers of TensorFlow so far
    mishaps: int = 0  # calls that cost their process
    new: int = 0  # breaks that no entry of the ledger explains

    def keep(self, kept: Kept) -> None:
        """Read what earlier runs proved, and keep what this one does."""
        self.kept = self.auditor.kept = kept

    def sit(
        self,
        routine: Routine,
        problem: Problem,
        block: str,
        *,
        record: bool = True,
        only: Cell | None = None,
        audited: bool = True,
        without: Collection[str] = (),
        dtypes: Sequence[str] = (),
        keep: list[Examined] | None = None,
    ) -> list[Finding]:
        """Examine one stack, record it, keep its findings; return those that are new.

        `only`: judge no other dtype and mode than those of this cell; `dtypes`: no others than
        these. `audited`: set members to mpmath, findings always are. `without`: modes that are not
        set it. `keep` is given what was examined.
        """
        interrupts.heed()
        if self.member is not None:
            problem = problem.select(np.flatnonzero(problem.keys == np.uint64(self.member)))
            if not len(problem):
                return []
        if self.kept is not None:
            routine = self.kept.reading(routine)
        named = (only.dtype,) if only is not None else dtypes or self.dtypes
        dtypes = tuple(d for d in self.dtypes if d in named)
        modes = tuple(m for m in self.modes if only is None or m == only.mode)
        modes = tuple(m for m in modes if m not in without)
        examined = examine(
            routine, problem, self.backends, block=block, dtypes=dtypes, modes=modes,
            left=left_to_audits(routine) if self.leaves and only is None else (),
        )  # fmt: skip
        if keep is not None:
            keep.append(examined)
        return self._conclude(routine, problem, examined, record=record, audited=audited)

    def put(
        self,
        routine: Routine,
        problem: Problem,
        block: str,
        *,
        audited: bool = True,
        without: Collection[str] = (),
        heard: Heard | None = None,
    ) -> None:
        """As `sit`, soon: with the next few of its block, which is faster. What breaks is recorded.

        `heard` is given what was examined of it. An audit, which never fails, needs no more.
        """
        if self.member is not None:
            keep: list[Examined] = []
            self.sit(routine, problem, block, audited=audited, without=without, keep=keep)
            if heard is not None:
                for examined in keep:
                    heard(problem, examined)
            return
        modes = tuple(m for m in self.modes if m not in without)
        bundle = self._bundle
        if bundle.problems and (bundle.block, bundle.modes, bundle.audited) != (
            block, modes, audited,
        ):  # fmt: skip
            self.flush()
        if not self._bundle.problems:
            self._bundle = Bundle(routine, block, modes, audited)
        self._bundle.problems.append(problem)
        self._bundle.heard.append(heard)
        if self._bundle.full:
            self.flush()

    def flush(self) -> None:
        """Examine and record what was put and waits."""
        bundle, self._bundle = self._bundle, Bundle()
        interrupts.heed()
        if not bundle.problems or bundle.routine is None:
            return
        every = examine_all(
            bundle.routine, bundle.problems, self.backends,
            block=bundle.block, dtypes=self.dtypes, modes=bundle.modes,
        )  # fmt: skip
        for problem, heard, examined in zip(bundle.problems, bundle.heard, every, strict=True):
            if heard is not None:
                heard(problem, examined)
            self._conclude(bundle.routine, problem, examined, audited=bundle.audited)

    def _conclude(
        self,
        routine: Routine,
        problem: Problem,
        examined: Examined,
        *,
        record: bool = True,
        audited: bool = True,
    ) -> list[Finding]:
        """Record what came of a stack, keep its findings; return those that are new."""
        self._tell_mishaps(examined.stack.block)
        known = self._known(examined)
        if record:
            self._record(examined, known)
        found = list(self._findings(routine, problem, examined, known))
        if record and audited:
            chosen = np.flatnonzero(problem.keys % np.uint64(AUDITED) == 0)
            self._audit(routine, problem, examined, chosen.tolist())
        for i in [i for i, finding in enumerate(found) if self._is_worst(finding)]:
            member = problem.digests.index(found[i].digest)
            found[i] = sharpened(found[i], routine, problem, member)
            self._audit(routine, problem, examined, [member], found[i].cell.dtype)
            if record:
                path = save_finding(self.run, found[i], self.worker)
                self.log.info(
                    "%s: %s is %s", examined.stack.block, path.name, found[i].known or "new"
                )
        new = sorted((f for f in found if not f.known), key=rank)
        self.judged += len(problem) * sum(a.backend == "tensorflow" for a in examined.answers)
        self.new += len(new)
        if new:
            self.auditor.settle()  # nobody is told of a break before two engines agree on it
        return new

    def finish(self, block: str) -> None:
        """A block came to its end, broken claims or not.

        It is noted as done, which a run that goes on skips, once all that was audited of it is.
        """
        self.log.info("%s: done; %s judged, %s new so far", block, self.judged, self.new)
        self._ended.append((block, self.spool.size, self.auditor.asked))
        self._note()

    def settle(self) -> None:
        """Wait for mpmath, which may raise ReferenceDisagreement; note what is left to note."""
        self.auditor.settle()
        self._note()

    def _note(self) -> None:
        while self._ended and self._ended[0][2] <= self.auditor.heard:
            block, size, _ = self._ended.popleft()
            self.left_out["members that mpmath gave up"] += self.auditor.unanswered
            done = Done(block, size, self.auditor.audited, self.left_out)
            blocks.tell(self.run, self.worker, done)
            self.auditor.audited, self.left_out = Counter(), Counter()
            self.auditor.unanswered = 0

    def close(self) -> None:
        """Let go of the spool and of the child processes."""
        self.auditor.close()
        self.spool.close()
        log.closed(self.log)
        for backend in self.backends:
            if isinstance(backend, TensorFlow):
                backend.worker.stop()

    def _tell_mishaps(self, block: str) -> None:
        for backend in self.backends:
            if isinstance(backend, TensorFlow):
                for mishap in backend.mishaps:
                    self.mishaps += 1
                    self.log.warning("%s: %s %s", block, backend.name, mishap)
                backend.mishaps.clear()

    def _known(self, examined: Examined) -> dict[Cell, NDArray[np.str_]]:
        """For each cell of TensorFlow that broke, the entry of the ledger for each member."""
        return {
            records.cell: self.ledger.explain(
                records, examined.stack, examined.outcomes[records.cell[2:]].words
            )
            for records in examined.records
            if records.cell.backend == "tensorflow" and (records.verdict == BROKEN).any()
        }

    def _record(self, examined: Examined, known: Mapping[Cell, NDArray[np.str_]]) -> None:
        self.spool.extend((examined.stack, *examined.answers, *examined.records), known)

    def _findings(
        self,
        routine: Routine,
        problem: Problem,
        examined: Examined,
        known: Mapping[Cell, NDArray[np.str_]],
    ) -> Iterator[Finding]:
        """The worst new and the worst known member of each broken cell of TensorFlow."""
        for records in examined.records:
            if records.cell not in known:
                continue
            broken = np.flatnonzero(records.verdict == BROKEN)
            entries = known[records.cell][broken]
            share = np.nan_to_num(records.share[broken], nan=np.inf, posinf=np.inf)
            for entry in np.unique(entries).tolist():
                places = np.flatnonzero(entries == entry)
                worst = int(broken[places[np.argmax(share[places])]])
                yield finding_of(
                    routine, problem, examined, records, worst, entry, self.environment
                )

    def _is_worst(self, finding: Finding) -> bool:
        """Whether a finding is worse than all of its kind so far: only those are kept, audited."""
        kind = name_of(finding)
        if kind in self.worst and self.worst[kind] <= rank(finding):
            self.left_out["findings that are not the worst of their cell"] += 1
            return False
        self.worst[kind] = rank(finding)
        return True

    def _audit(
        self,
        routine: Routine,
        problem: Problem,
        examined: Examined,
        members: Sequence[int],
        dtype: str = "",
    ) -> None:
        """Set members to mpmath, which may raise ReferenceDisagreement now or when it settles."""
        if routine.audit is None or not examined.truths or not members:
            return
        dtype = dtype or max(examined.truths, key=lambda name: DTYPES[name].bits)
        truth = examined.truths[dtype]
        short = sum(array[0].size for array in problem.inputs) <= LISTED
        self.left_out["members too long for it"] += len(members) * (not short)
        finite = [i for i in members if truth.exists[i]]
        self.left_out["members without a finite truth"] += len(members) - len(finite)
        self.auditor.ask(routine, problem, truth, finite if short else [], dtype)
