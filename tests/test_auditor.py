"""mpmath in a process of its own: it agrees, it disagrees, it never holds the line for long."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace

import mpmath
import numpy as np
import pytest

from properties import auditor as module
from properties.auditor import Auditor, ReferenceDisagreement
from properties.recipes import Recipe, problem
from properties.registry import routines
from references.truth import Enclosure, Truth
from tests.command_line import ROOT

RECIPE = Recipe("systems", 6, (3, 1), "geometric", 8, 3, "float64", 1, (("adjoint", True),))


@pytest.fixture
def auditor() -> Iterator[Auditor]:
    opened = Auditor()
    yield opened
    opened.close()


def moved(truth: Truth, by: float) -> Truth:
    """A truth whose every entry is off by a part of the largest, as sure of itself as before."""
    part = truth.parts[0]
    return replace(truth, parts=(Enclosure(part.hi + by, part.lo, part.radius, part.exponent),))


def test_engines_agree_and_members_are_counted(auditor: Auditor) -> None:
    routine, given = routines()["linalg.solve"], problem(RECIPE)
    truth = routine.reference(*given.inputs, **given.arguments)
    auditor.ask(routine, given, truth, [0, 2, 5], "float64")
    auditor.ask(routine, given, truth, [], "float64")
    auditor.settle()
    assert auditor.audited == {"linalg.solve": 3}


def test_a_wrong_truth_is_an_error_of_ours(auditor: Auditor) -> None:
    routine, given = routines()["linalg.solve"], problem(RECIPE)
    truth = routine.reference(*given.inputs, **given.arguments)
    auditor.ask(routine, given, moved(truth, 1e-10), [4], "float64")
    with pytest.raises(ReferenceDisagreement, match=r"linalg\.solve: .* differ .* member 4 of"):
        auditor.settle()


def by_nothing(*_: object, **__: object) -> list[object]:
    """An audit of a matrix that is all but singular, for mpmath."""
    raise ZeroDivisionError("matrix is numerically singular")


def beyond(*_: object, **__: object) -> list[object]:
    """An audit that does not reckon with infinity."""
    return [int(float("inf"))]


def test_what_mpmath_gives_up_is_counted(auditor: Auditor) -> None:
    routine, given = replace(routines()["linalg.solve"], audit=by_nothing), problem(RECIPE)
    truth = routine.reference(*given.inputs, **given.arguments)
    auditor.ask(routine, given, truth, [1, 4], "float64")
    auditor.settle()
    assert (auditor.unanswered, auditor.audited) == (2, {})


def test_an_audit_that_fails_is_told_by_its_own_name(auditor: Auditor) -> None:
    routine, given = replace(routines()["linalg.solve"], audit=beyond), problem(RECIPE)
    truth = routine.reference(*given.inputs, **given.arguments)
    auditor.ask(routine, given, truth, [3], "float64")
    with pytest.raises(RuntimeError, match=r"linalg\.solve, member 3 of .*OverflowError"):
        auditor.settle()


def test_only_so_many_batches_wait(auditor: Auditor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING", 2)
    routine, given = routines()["linalg.solve"], problem(RECIPE)
    truth = routine.reference(*given.inputs, **given.arguments)
    for _ in range(6):
        auditor.ask(routine, given, truth, np.arange(6).tolist(), "float64")
    assert auditor.audited["linalg.solve"] >= 24  # all but the two that wait
    auditor.settle()
    assert auditor.audited["linalg.solve"] == 36


BUSY = """
import os, time
from properties.auditor import _started
executor = _started()
print(executor.submit(os.getpid).result(), flush=True)
executor.submit(time.sleep, 600)
time.sleep(600)
"""


def test_a_killed_parent_takes_its_auditor_along() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BUSY], cwd=ROOT, text=True, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        auditor = int(parent.stdout.readline())
        parent.kill()
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            os.kill(auditor, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    os.kill(auditor, signal.SIGKILL)
    pytest.fail("the auditor outlived its parent")


def test_what_mpmath_gives_up_is_counted_and_no_agreement(auditor: Auditor) -> None:
    routine, given = routines()["linalg.sqrtm"], problem(RECIPE)
    truth = Truth((), {}, np.ones(2, dtype=bool), ("a", "b"))
    batch = module.Batch(routine.name, _gives_up, given.inputs[:1], {}, truth, ("0", "1"))
    assert module.disagreements(batch) == [None, None]
    future: Future[list[float | None]] = Future()
    future.set_result([None, 0.0])
    auditor._waiting.append((batch, future))  # noqa: SLF001 - a process would not be given it
    auditor.settle()
    assert (auditor.unanswered, auditor.audited.total()) == (1, 1)


def _gives_up(_: np.ndarray) -> None:
    raise mpmath.mp.NoConvergence
