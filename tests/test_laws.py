"""Laws, and honesty about hostile input, of TensorFlow in every mode."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from properties.dtypes import DTYPES
from properties.examine import truth_of
from properties.gated import gate_problems
from properties.hostile import hostile, nudged
from properties.laws import LAWS, broken, joined, same_bits
from properties.modes import Outcomes, TensorFlow
from properties.planted import Call
from properties.protocol import Request
from properties.registry import routines
from properties.routine import Problem, Routine
from properties.workers import Worker
from reports.ledger import Ledger
from reports.record import ANSWER, CRASHED, NOT_OFFERED, TIMED_OUT, Cell

# What TensorFlow 2.21 does otherwise stands in the ledger; docs/laws.md tells it. The smallest
# inputs that show it are set below and must still do so: what holds again is to be taken out.
LAW = "law: "
KNOWN = [entry for entry in Ledger.load().entries if entry.claim.startswith(LAW)]
FACTORS = ("eager", "graph")
# XLA compiles each shape, so few routines are set there; of functions of numbers few are traced.
COMPILED = ("linalg.cholesky", "linalg.eigvalsh", "nn.softmax")
CELLS = [(name, "eager") for name in routines()]
CELLS += [(name, "graph") for name, r in routines().items() if not r.of_numbers]
CELLS += [(name, "xla") for name in COMPILED]
CELLS += [(entry.routine, mode) for entry in KNOWN for mode in FACTORS if mode in entry.modes]
CELLS = sorted({*CELLS})
COUNTS = ("linalg.matrix_rank", "math.argmax", "math.argmin", "math.in_top_k")  # cannot be NaN
# On zeros, for ever: each call would wait for the limit of a minute, see logm-hang.
HANGS = ("linalg.logm",)
ON_ZEROS = ("beside zeros",)
# Gradients of nothing that cost the process in a graph, or a minute; docs/laws.md tells of them.
FATAL = {("nn.max_pool.gradient", "graph"), ("linalg.sqrtm.gradient", "graph")}
every_cell = pytest.mark.parametrize(("name", "mode"), CELLS)
SET = 2  # problems a routine: each shape is compiled, and each law is calls of its own
MEMBERS = 4
DTYPE = {False: "float32", True: "complex64"}


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """The child that executes TensorFlow."""
    worker = Worker()
    yield worker
    worker.stop()


def problems(name: str) -> list[Problem]:
    """The largest problems of the gate that float32 holds, and the largest complex one."""
    ranked = sorted(
        (p for p in gate_problems(routines()[name])),
        key=lambda p: (-sum(a[0].size for a in p.inputs), p.digest),
    )
    of = {
        word: [p for p in ranked if word in {d.name for d in p.dtypes}] for word in DTYPE.values()
    }
    count = 1 if routines()[name].volume < 1 else SET  # a trace for each
    return [p.select(np.arange(MEMBERS)) for p in (*of["float32"][:count], *of["complex64"][:1])]


def calls(worker: Worker, routine: Routine, problem: Problem, mode: str) -> Call | None:
    """A sound call in the dtype of a problem; None where it is not offered."""
    dtype = DTYPES[DTYPE[np.iscomplexobj(problem.inputs[0])]]
    real = TensorFlow(worker, (mode,))
    truth = truth_of(routine, problem, dtype, 0)

    def ask(other: Problem, _: object) -> Outcomes:
        rows = np.arange(len(other)) % len(truth)
        got = real.answer(routine, other, dtype, mode, truth.select(rows))
        tidied = routine.tidied
        return got if tidied is None else replace(got, arrays=tuple(map(tidied, got.arrays)))

    got = ask(problem, dtype)
    if (got.words == NOT_OFFERED).all():
        return None
    return Call(routine, problem, dtype, got, ask)


def unknown(
    call: Call, mode: str, law: str, members: NDArray[np.int64], **traits: str
) -> list[int]:
    """The members that break a law and are in no entry of the ledger."""
    problem, length = call.problem, len(call.problem)
    told = {name: value for name, value in problem.arguments.items() if isinstance(value, bool)}
    columns = {
        name: np.full(length, value) for name, value in {**problem.sizes, **told, **traits}.items()
    }
    columns |= {**problem.traits, "finite": call.outcomes.finite}
    cell = Cell(call.routine.name, LAW + law, call.dtype.name, mode, "tensorflow")
    known = np.zeros(length, dtype=bool)
    for entry in KNOWN:
        if entry.covers(cell):
            known |= entry.fits(columns, length)
    return [int(member) for member in members if not known[member]]


@every_cell
def test_laws_hold(worker, name, mode):
    compared, told = 0, dict[str, str]()
    for problem in problems(name):
        call = calls(worker, routines()[name], problem, mode)
        if call is None:
            continue
        for law in LAWS:
            if name in HANGS and law.name in ON_ZEROS:
                continue
            members = unknown(call, mode, law.name, np.flatnonzero(broken(law, call, mode)))
            compared += int(law.about(len(problem)).sum())
            if members:
                told[law.name] = f"members {members} of {problem}"
    assert compared
    assert not told, f"{name} in {mode} mode: {told}"


@every_cell
def test_hostile_members_get_in_a_stack_what_they_get_alone(worker, name, mode):
    told: dict[str, str] = {}
    if name in HANGS:
        pytest.skip("known not to come back from hostile members")
    for problem in problems(name)[::SET]:
        call = calls(worker, routines()[name], problem, mode)
        if call is None:
            continue
        stack, kinds = hostile(problem, call.dtype)
        got = call.ask(stack, call.dtype)
        singles = [call.ask(stack.select(np.array([i])), call.dtype) for i in range(len(kinds))]
        alone = joined(singles)
        for i, kind in enumerate(kinds):
            if got.words[i] in (CRASHED, TIMED_OUT):
                told[f"fatal: {kind}"] = f"{got.words[i]}, {problem}"
            other = got.words[i] != alone.words[i] or got.finite[i] != alone.finite[i]
            if other and unknown(call, mode, "hostile", np.zeros(1, np.int64), kind=kind):
                told["hostile"] = f"{kind} gets other outcomes in a stack, {problem}"
    assert not told, f"{name} in {mode} mode: {told}"


@every_cell
def test_nan_in_an_entry_that_matters_is_not_answered_by_numbers(worker, name, mode):
    told: dict[str, str] = {}
    if name in COUNTS:
        pytest.skip("whole numbers cannot be NaN")
    for problem in problems(name)[::SET]:
        call = calls(worker, routines()[name], problem, mode)
        if call is None:
            continue
        first, *rest = (array.copy() for array in problem.inputs)
        nothing = complex(np.nan, np.nan) if np.iscomplexobj(first) else np.nan
        first.reshape(len(first), -1)[:, 0] = nothing
        got = call.ask(replace(problem, inputs=(first, *rest)), call.dtype)
        other = call.ask(nudged(problem), call.dtype)
        matters = call.outcomes.finite & other.finite & ~same_bits(call.outcomes, other)
        silent = np.flatnonzero(matters & (got.words == ANSWER) & got.finite)
        if unknown(call, mode, "NaN that matters", silent):
            told["NaN that matters"] = f"members {silent} of {problem}"
    assert not told, f"{name} in {mode} mode: {told}"


def answered(worker: Worker, call: str, mode: str, *inputs: object, **arguments: object):
    """What TensorFlow answers to float32 input."""
    arrays = tuple(np.asarray(array, np.float32) for array in inputs)
    reply = worker.ask(Request(call, None, mode, "CPU:0", "float32", arguments, arrays))
    assert reply.outcome == ANSWER, reply.message
    return reply.arrays[0]


@pytest.mark.parametrize(("mode", "bad"), [("eager", np.nan), ("graph", np.nan), ("xla", np.inf)])
def test_a_matrix_that_is_no_number_still_spoils_exponentials_of_its_neighbours(worker, mode, bad):
    assert answered(worker, "linalg.expm", mode, [[[0.0]]]).ravel().tolist() == [1.0]
    found = answered(worker, "linalg.expm", mode, [[[0.0]], [[bad]]])
    assert np.isnan(found[0, 0, 0]), "fixed: take it out of the ledger"


@pytest.mark.parametrize("mode", FACTORS)
def test_a_column_of_nan_still_counts_as_one_of_zeros(worker, mode):
    found = answered(worker, "linalg.lstsq", mode, [[[np.nan]]], [[[1.0]]], fast=False)
    assert found.tolist() == [[[0.0]]], "fixed: take it out of the ledger"


@pytest.mark.parametrize("mode", FACTORS)
def test_where_there_is_no_factor_memory_still_stands_above_the_diagonal(worker, mode):
    a, above = [np.diag([1.0, -1.0, 1.0])], []
    for k in range(20):  # of what was freed before, some may have been NaN
        answered(worker, "linalg.matmul", mode, [np.full((3, 3), k)], [np.eye(3)])
        found = answered(worker, "linalg.cholesky", mode, a)
        assert np.isnan(found[0][np.tril_indices(3)]).all()
        above.append(found[0][np.triu_indices(3, 1)])
    assert np.isfinite(above).any(), "fixed: take it out of the ledger"


def test_eigenvalues_beyond_the_range_are_still_finite_alone_and_not_in_a_stack(worker):
    most = np.finfo(np.float32).max
    beyond, plain = np.full((2, 2), most), np.array([[1.0, 2.0], [2.0, 1.0]])
    alone = answered(worker, "linalg.eigvalsh", "xla", [beyond])
    stack = answered(worker, "linalg.eigvalsh", "xla", [beyond, plain])
    assert np.isinf(stack[0, 1]), "2 most is beyond the range"
    assert alone.tolist() == [[most, most]], "fixed: take it out of the ledger"


@every_cell
def test_nothing_is_no_reason_to_crash(worker, name, mode):
    if (name, mode) in FATAL:
        pytest.skip("known to crash, or not to come back")
    routine = routines()[name]
    (problem, *_) = problems(name)
    dtype = next(word for word in ("float32", "complex64") if word in routine.dtypes)
    for shape in ("no members", "no entries"):
        inputs = tuple(
            array[:0] if shape == "no members" else np.zeros((2, *(0 for _ in array.shape[1:])))
            for array in problem.inputs
        )
        reply = worker.ask(
            Request(
                routine.call, None, mode, "CPU:0", dtype, dict(problem.arguments),
                tuple(array.astype(dtype) for array in inputs),
            )
        )  # fmt: skip
        assert reply.outcome not in (CRASHED, TIMED_OUT), (shape, reply.message)
        if reply.outcome == ANSWER and shape == "no members":
            assert all(len(array) == 0 for array in reply.arrays)


@pytest.mark.parametrize("mode", ["eager", "graph"])
@pytest.mark.parametrize("name", ["segment_max", "segment_min"])
@pytest.mark.parametrize("sort", ["", "unsorted_"])
def test_what_is_picked_of_a_segment_still_depends_on_where_nan_stands(worker, sort, name, mode):
    call = f"properties.math.calls:{sort}{name}"
    told: dict[str, object] = {"segment_ids": (0, 0, 0)} | ({"num_segments": 1} if sort else {})
    first = answered(worker, call, mode, [[np.nan, 1.0, 2.0]], **told)
    last = answered(worker, call, mode, [[1.0, 2.0, np.nan]], **told)
    assert np.isnan(last).all() and np.isfinite(first).all(), "fixed: take it out of the ledger"


def test_xla_still_answers_nan_alone_by_the_least_number(worker):
    call = "properties.math.calls:unsorted_segment_max"
    found = answered(worker, call, "xla", [[np.nan, np.nan]], segment_ids=(0, 0), num_segments=1)
    assert found.ravel().tolist() == [np.finfo(np.float32).min], "fixed: take it out of the ledger"
