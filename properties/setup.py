"""Before the first problem: options checked, environment told, run folder made ready."""

from __future__ import annotations

import platform
import re
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil, inf, isfinite
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from properties import interrupts, lengths, log, memory, subnormals
from properties.claims import claims_of
from properties.dtypes import DTYPES
from properties.environment import commit, cpu_features, flags, level, verified, versions
from properties.interpreters import Interpreter
from properties.modes import MODES, Library, TensorFlow
from properties.observed import settings
from properties.plan import Shard, seconds_from, shard_from
from properties.profile import AUDIT_DEPTH, BLOCK, COMPLEX, EXAMPLES, GATE_DEPTH
from properties.protocol import Executor, Request
from properties.registry import routines
from properties.rivals import Rival, opened, rivals_of, told
from properties.routine import Routine
from properties.session import Session
from properties.shapes import left_to_audits
from properties.stored import BLOCK as STORED
from properties.verify import NARROW, cases, every_blocks
from properties.workers import Worker
from reports import baseline
from reports.cases import load_finding
from reports.ledger import Ledger
from reports.plain import RunError
from reports.record import ANSWER
from reports.store import ROWS, Spool

Read = TypeVar("Read")
ROOT = Path(__file__).parent.parent


class Trouble(Exception):
    """What the command line or the machine cannot give: one line that says what to do."""


@dataclass(frozen=True)
class Options:
    """The command line, checked."""

    run: Path
    modes: tuple[str, ...]
    dtypes: tuple[str, ...]
    leaves: bool  # a gate some of them to audits, where nobody names any
    device: str
    python: str  # the interpreter whose TensorFlow is verified; empty: this one
    rivals: tuple[Rival, ...]
    scipy: bool  # beside TensorFlow, member by member; in a gate, which it cannot fail, if asked
    depth: int
    examples: int
    block: int
    seed: int
    audit: bool
    replay: Path | None
    member: int | None  # the key of the only member to judge
    drift: bool
    baselines: Path
    rows: str
    resume: bool
    budget: float  # seconds; infinite where all blocks are set
    shard: Shard | None
    exhaustive: bool

    @property
    def asked(self) -> dict[str, Any]:
        """What decides which blocks a run has and what is in them: a run that goes on keeps it."""
        return {
            "audit": self.audit,
            "examples": self.examples,
            "depth": self.depth,
            "modes": list(self.modes),
            "dtypes": list(self.dtypes),
            "leaves": self.leaves,
            "rivals": [str(rival) for rival in self.rivals],
            "scipy": self.scipy,
            "drift": self.drift,
            "rows": self.rows,
            "exhaustive": self.exhaustive,
        }

    def blocks(self, routine: Routine) -> list[int | str | Path]:
        """What a routine is set: stored cases, stored recipes, blocks of drawn problems."""
        if self.replay is not None:
            return [self.replay] if load_finding(self.replay).cell.routine == routine.name else []
        if self.exhaustive:
            return [*every_blocks(routine, self.dtypes)]
        left = left_to_audits(routine) if self.leaves else ()
        stored = [path for path, where in cases().get(routine.name, ()) if where not in left]
        count = max(1, round(self.examples * routine.volume / self.block), self._rounds)
        fields = {DTYPES[name].is_complex for name in self.dtypes}
        own = all(DTYPES[name].is_complex for name in routine.dtypes)  # the field of its problems
        drawn: list[int | str] = [*range(count)] if own in fields else []
        if True in fields and routine.complex_problems is not None:
            drawn += [f"{COMPLEX}-{block}" for block in range(max(1, count // 4))]
        if self.audit:
            drawn += lengths.blocks(routine)
            drawn += [subnormals.BLOCK] if subnormals.set_apart(routine) else []
        return [*stored, *([STORED] if self.drift else []), *drawn]

    @property
    def part(self) -> str:
        """What may leave claims without a comparison to others, in words."""
        parts = [f"shard {self.shard}"] if self.shard else []
        return ", ".join(parts + [f"{self.budget:g} s"] * isfinite(self.budget))

    @property
    def _rounds(self) -> int:
        """Blocks of each routine that a budget can pay for, at one a second."""
        return ceil(self.budget / len(routines())) if isfinite(self.budget) else 0


def options_of(given: Namespace) -> Options:
    """Check what pytest parsed; Trouble names the option and what it takes."""
    audit = bool(given.audit)
    depth = (AUDIT_DEPTH if audit else GATE_DEPTH) if given.depth is None else given.depth
    examples = EXAMPLES[audit] if given.max_examples is None else given.max_examples
    for name, number in (("--depth", depth), ("--max-examples", examples)):
        if number < 1:
            raise Trouble(f"{name} {number}: at least 1 is needed")
    replay = given.replay
    if replay is not None:
        try:
            name = load_finding(replay).cell.routine
        except RunError as error:
            raise Trouble(f"--replay: {error}") from None
        if name not in routines():
            raise Trouble(f"--replay {replay}: unknown routine {name!r}")
    if given.member and not re.fullmatch("[0-9a-f]{16}", given.member):
        raise Trouble(f"--member {given.member}: sixteen hexadecimal digits are due")
    kind = "replay" if replay or given.member else "audit" if audit else "gate"
    kind = "exhaustive" if given.exhaustive else kind
    if given.resume and given.run:
        raise Trouble("--resume names the folder of the run: leave out --run")
    return Options(
        run=given.resume or given.run or ROOT / ".runs" / kind,
        modes=_words("--modes", given.modes, MODES),
        dtypes=NARROW
        if given.exhaustive and given.dtypes is None
        else _words("--dtypes", given.dtypes, tuple(DTYPES)),
        leaves=kind == "gate" and given.modes is given.dtypes is None,
        device=given.device,
        python=given.python,
        rivals=rivals_of(given.rival),
        scipy=kind != "gate" if given.scipy is None else given.scipy,
        depth=depth,
        examples=examples,
        block=min(BLOCK[audit], examples),
        seed=given.seed,
        audit=audit,
        replay=replay,
        member=int(given.member, 16) if given.member else None,
        drift=not (audit or replay or given.member or given.no_drift or given.exhaustive),
        baselines=given.baselines or baseline.HERE,
        rows=_words("--rows", given.rows, ROWS)[-1],
        resume=given.resume is not None,
        budget=_read("--budget", given.budget, seconds_from) if given.budget else inf,
        shard=_read("--shard", given.shard, shard_from) if given.shard else None,
        exhaustive=bool(given.exhaustive),
    )


def _read(option: str, text: str, reader: Callable[[str], Read]) -> Read:
    try:
        return reader(text)
    except ValueError as error:
        raise Trouble(f"{option} {text}: {error}") from None


def _words(option: str, text: str | None, allowed: Sequence[str]) -> tuple[str, ...]:
    if text is None:
        return tuple(allowed)
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in allowed:
            raise Trouble(f"{option}: unknown {word!r}, choose from {', '.join(allowed)}")
    if not words:
        raise Trouble(f"{option}: nothing given, choose from {', '.join(allowed)}")
    return tuple(word for word in allowed if word in words)


def accepted(options: Options) -> baseline.Baseline | None:
    """The nearest baseline of this machine; RunError if it cannot be read."""
    names = baseline.platforms(platform.platform(), cpu_features(), options.device)
    return baseline.chosen(options.baselines, names)


def start(options: Options, selected: Sequence[Routine], worker_name: str) -> Session:
    """The session of one worker: child process, spool, ledger."""
    memory.keep()
    interrupts.listen()
    worker = executor(options)
    modes = offered(worker, options)
    rivals = opened(options.rivals, options.device, lambda other: offered(other, options))
    ledger = Ledger.load()
    head = {**header(options, selected, modes), "ledger": ledger.fingerprints()}
    head["flags"] |= settings(worker, options.device) | dict(told(rivals))
    if isinstance(worker, Interpreter):
        head["versions"] = verified(head["versions"], worker)
    watched = ledger.stored().values()
    journal = log.opened(options.run, worker_name)
    part = options.part or "all blocks"
    journal.info("%s: %s of commit %s, seed %s", worker_name, part, head["commit"], options.seed)
    return Session(
        log=journal,
        backends=(TensorFlow(worker, modes, options.device), *[Library()] * options.scipy, *rivals),
        spool=Spool(options.run, worker_name, head, watched=watched, rows=options.rows),
        run=options.run,
        worker=worker_name,
        environment={**head["versions"], "device": options.device, "commit": head["commit"]},
        ledger=ledger,
        dtypes=options.dtypes,
        modes=modes,
        leaves=options.leaves,
        depth=options.depth,
        examples=options.block,
        asked=options.examples,
        seed=options.seed,
        audit=options.audit,
        member=options.member,
        replay=options.replay is not None,
        recipes=baseline.load_recipes(options.baselines) if options.drift else {},
        baseline=accepted(options) if options.drift else None,
    )


def executor(options: Options) -> Executor:
    """Where the TensorFlow that is verified runs."""
    if options.python:
        return Interpreter(options.python, device=options.device)
    return Worker(device=options.device)


def offered(worker: Executor, options: Options) -> tuple[str, ...]:
    """The modes that this build and device can execute at all.

    Trouble where the device is missing, or where a mode that was asked for alone is.
    """
    working, said = [], ""
    for mode in options.modes:
        ones = (np.ones((1, 2), np.float32),)
        reply = worker.ask(
            Request("nn.softmax", None, mode, options.device, "float32", {"axis": -1}, ones)
        )
        if reply.outcome == ANSWER:
            working.append(mode)
        else:
            said = f"{mode}: {reply.outcome}, {reply.message[:200]}"
    if not working:
        raise Trouble(
            f"this TensorFlow executes none of {', '.join(options.modes)} on {options.device} "
            f"({said}): choose others with --modes or --device"
        )
    return tuple(working)


def header(options: Options, selected: Sequence[Routine], modes: Sequence[str]) -> dict[str, Any]:
    """All that is needed to repeat a run, and the reasons behind its bounds."""
    missing = [mode for mode in options.modes if mode not in modes]
    return {
        "versions": versions(),
        "device": options.device,
        "cpu": cpu_features(),
        "flags": flags()
        | {"processor level": level()}
        | ({"modes not offered": ", ".join(missing)} if missing else {}),
        "commit": commit(),
        "seed": options.seed,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "argv": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "depth": options.depth,
        "asked": options.asked,
        "claims": claims_of(selected),
        "part": options.part,
    }
