"""Laws of symmetries: powers of two, signs, reversed rows, similarity, shifts; and their power."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from properties.gated import gate_problems
from properties.laws import LAWS, broken
from properties.modes import Outcomes
from properties.planted import Call, rows_of
from properties.registry import routines
from properties.routine import Problem
from properties.symmetries import SYMMETRIES, declared, laws_of
from properties.symmetries_of_order import OF_ORDER
from properties.workers import Worker
from tests.test_laws import MEMBERS, answered, calls, problems, unknown

MOST = 12  # problems more, where a law is about no member of the first ones


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """The child that executes TensorFlow."""
    worker = Worker()
    yield worker
    worker.stop()


def further(name: str, chosen: list[Problem]) -> list[Problem]:
    """Others of the gate in float32, for laws that are about ordinary numbers alone."""
    known = {problem.recipe for problem in chosen}
    plain = [p for p in gate_problems(routines()[name]) if p.recipe not in known]
    real = [p for p in plain if "float32" in {dtype.name for dtype in p.dtypes}]
    return [p.select(np.arange(MEMBERS)) for p in real][:MOST]


@pytest.mark.parametrize("name", sorted({*SYMMETRIES, *OF_ORDER}))
def test_symmetries_hold(worker, name):
    about = {symmetry.name: 0 for symmetry in declared(name)}
    step = 2 if name.startswith("linalg") else 1  # a call of a new shape takes seconds there
    chosen = problems(name)
    for place, problem in enumerate([*chosen[::step], *further(name, chosen)]):
        if place >= len(chosen[::step]) and all(about.values()):
            break
        call = calls(worker, routines()[name], problem, "eager")
        if call is None:
            continue
        for law in laws_of(call):
            about[law.name] += int(law.about(len(problem)).sum())
            members = unknown(call, "eager", law.name, np.flatnonzero(broken(law, call, "eager")))
            assert not members, f"{law.name}: members {members} of {problem}"
    assert about
    assert all(about.values()), f"{name}: a law that is about no member: {about}"


def bit_off(outcomes: Outcomes) -> Outcomes:
    """The last bit of the largest entry of each member of the first array another one."""
    first, *rest = (array.copy() for array in outcomes.arrays)
    rows = rows_of(first)
    place = np.abs(rows).argmax(axis=1)
    rows[np.arange(len(rows)), place] *= 1 + 2.0**-23
    return replace(outcomes, arrays=(first, *rest))


@pytest.mark.parametrize("name", ["linalg.solve", "linalg.cholesky", "linalg.matmul"])
def test_laws_of_bits_notice_the_last_bit(worker, name):
    """A routine that is a bit off at every other call, which no bound would notice."""
    (problem, *_) = problems(name)
    call = calls(worker, routines()[name], problem, "eager")
    assert call is not None

    def ask(other: Problem, dtype: object) -> Outcomes:
        return bit_off(call.ask(other, call.dtype))

    off = Call(call.routine, problem, call.dtype, call.outcomes, ask)
    laws = [LAWS[0], *(law for law in laws_of(off) if law.bits)]
    finite = call.outcomes.finite
    assert finite.any()
    for law in laws:
        about = law.about(len(problem)) & finite
        assert (broken(law, off, "eager") >= about).all(), law.name
        assert about.any(), law.name


@pytest.mark.parametrize(
    ("call", "x"), [("math.special.dawsn", 1e10), ("math.erfinv", 1 - 2.0**-24)]
)
def test_two_odd_functions_are_still_not_odd(worker, call, x):
    found = answered(worker, call, "eager", [[x, -x]])[0]
    assert found[0] != -found[1], "fixed: take it out of the ledger"
