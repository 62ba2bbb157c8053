"""The folder of a run before the first problem: empty, or ready to go on; and nobody else's."""

from __future__ import annotations

import os
import shutil
import time
from importlib import import_module
from itertools import count
from pathlib import Path

from properties.environment import commit
from properties.setup import Options, Trouble, accepted
from reports import baseline, blocks
from reports.plain import dump, parse
from reports.run import header_data

LOCK = "lock"  # held while a run lasts; the system lets go of it with its processes
PATIENCE = 5.0  # seconds for workers to notice that they are alone
_HANDLES: dict[Path, int] = {}


def prepare(options: Options, *, ours: bool) -> frozenset[str]:
    """Make the folder ready; the names of the blocks that are done already.

    A folder of the suite's own choice replaces the last run. Trouble where the folder is not a
    run's, cannot be written, or is another run's that still goes on; RunError where a run that
    should go on cannot.
    """
    run = options.run
    if options.drift:  # what cannot be read is told before anything is run
        baseline.load_recipes(options.baselines)
        accepted(options)
    if options.resume:
        _expect_same(options)
    elif _holds_something(run):
        if not (run / "run.json").is_file():
            raise Trouble(f"{run} is not a run and not empty: name another folder with --run")
        if not ours:
            raise Trouble(
                f"{run} already holds a run: go on with it by --resume, delete it, or name "
                "another with --run"
            )
    try:
        run.mkdir(parents=True, exist_ok=True)
        (run / LOCK).touch()
        _hold(run, alone=True)
        for path in run.iterdir() if not options.resume else ():
            if path.name != LOCK:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    except OSError as error:
        raise Trouble(
            f"cannot write to {run} ({error.strerror}): name another folder with --run"
        ) from None
    done = blocks.reopen(run) if options.resume else frozenset()
    share(run)
    return done


def _holds_something(run: Path) -> bool:
    return run.exists() and (not run.is_dir() or any(path.name != LOCK for path in run.iterdir()))


def _expect_same(options: Options) -> None:
    """Trouble where the command line asks for other problems than the run was started with."""
    header = header_data(options.run)
    before = header.get("asked") if isinstance(header, dict) else None
    now = parse(dump(options.asked), "options")
    if not isinstance(before, dict):
        raise Trouble(f"--resume {options.run}: its header does not say what was asked of it")
    differing = [f"{key} was {before.get(key)}" for key in now if before.get(key) != now[key]]
    if header.get("seed") != options.seed:
        differing.append(f"seed was {header.get('seed')}")
    if header.get("commit") != (here := commit()):
        raise Trouble(
            f"--resume {options.run}: it is of commit {header.get('commit')} and this checkout of "
            f"{here}: check out that one, or begin a new run"
        )
    if differing:
        raise Trouble(f"--resume {options.run}: give the same options ({'; '.join(differing)})")


def share(run: Path) -> None:
    """Hold the folder together with the other processes of this run, until this one ends.

    Workers outlive for a moment the process that started them and was killed. Trouble where
    another run holds it.
    """
    _hold(run, alone=False)


def _hold(run: Path, *, alone: bool) -> None:
    if os.name != "posix":  # other systems have no guard against two runs in one folder
        return
    fcntl = import_module("fcntl")
    kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
    handle = _HANDLES.setdefault(run, os.open(run / LOCK, os.O_RDWR))
    end = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise Trouble(
                    f"another run goes on in {run}: wait for its end, or name another folder "
                    "with --run"
                ) from None
            time.sleep(0.1)
        else:
            return


def worker_name(run: Path, name: str) -> str:
    """A name that no worker of an earlier session had, so that nothing of theirs is replaced."""
    names = (name if number == 1 else f"{name}.{number}" for number in count(1))
    places = (("spool", ".frames"), (blocks.FOLDER, ".jsonl"), ("findings", ""))
    return next(
        word
        for word in names
        if not any((run / folder / f"{word}{ending}").exists() for folder, ending in places)
    )
