"""Rivals of the command line: what else answers the same problems, recorded and never gated."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from properties.interpreters import Interpreter
from properties.modes import TensorFlow
from properties.protocol import Executor
from reports.plain import RunError

LIBRARIES = {"jax": "JAX", "torch": "PyTorch"}
TAKEN = ("tensorflow", "scipy")


@dataclass(frozen=True)
class Rival:
    """`--rival PYTHON`, `--rival NAME=PYTHON`, `--rival jax` or `--rival torch`."""

    name: str  # empty: after the version that is found
    python: str
    package: str = "tensorflow"


def rivals_of(given: Sequence[str]) -> tuple[Rival, ...]:
    """What was asked for, checked as far as words can be; RunError for a name that is taken."""
    return tuple(map(_rival, given))


def _rival(word: str) -> Rival:
    if word in LIBRARIES:
        return Rival("", sys.executable, word)
    name, equals, python = word.rpartition("=")
    if equals and not re.fullmatch(r"[\w.+-][\w.+ -]{0,39}", name, re.ASCII):
        raise RunError(f"--rival: {name!r} cannot name a rival: letters, digits, . _ + - only")
    if name in TAKEN:
        raise RunError(f"--rival: {name!r} is the name of another backend, choose another")
    return Rival(name, python)


def opened(
    asked: Sequence[Rival], device: str, offered: Callable[[Executor], tuple[str, ...]]
) -> tuple[TensorFlow, ...]:
    """A backend for each rival; RunError where one is missing or two have the same name.

    `offered` tells the modes that an executor of TensorFlow has, and raises where it has none.
    """
    with ExitStack() as undo:  # none is left running if the next one fails
        backends: list[TensorFlow] = []
        for rival in asked:
            worker = Interpreter(rival.python, rival.package, device=device)
            undo.callback(worker.stop)
            try:
                found = worker.versions[rival.package]
            except RunError as error:
                raise RunError(f"--rival: {_advice(rival, error)}") from None
            name = rival.name or f"{rival.package} {found}"
            modes = offered(worker) if rival.package == "tensorflow" else ("library",)
            backends.append(TensorFlow(worker, modes, device, name=name))
        names = [backend.name for backend in backends]
        for name in names:
            if names.count(name) > 1:
                raise RunError(f"--rival: two are called {name!r}, name them: --rival NAME=PYTHON")
        undo.pop_all()
    return tuple(backends)


def _advice(rival: Rival, error: RunError) -> str:
    if rival.package == "tensorflow":
        return str(error)
    full = LIBRARIES[rival.package]
    return f"{full} is not installed here: pip install '.[{rival.package}]' ({error})"


def told(backends: Sequence[TensorFlow]) -> Iterator[tuple[str, str]]:
    """What the header of a run tells of each rival: its versions and modes."""
    for backend in backends:
        assert isinstance(backend.worker, Interpreter)
        versions = ", ".join(f"{k} {v}" for k, v in sorted(backend.worker.versions.items()))
        yield f"rival {backend.name}", f"{versions}, modes {' '.join(backend.modes)}"
