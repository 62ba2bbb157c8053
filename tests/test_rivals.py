"""Rivals: TensorFlow of another environment, JAX and PyTorch, recorded beside and never gated."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import pytest

from properties import rivals
from properties.protocol import Request
from properties.recipes import Recipe, problem
from properties.registry import routines
from properties.rivals import opened, rivals_of
from properties.workers import Worker
from reports.baseline import HERE, load_recipes
from reports.comparison import compare
from reports.pairs import SAME
from reports.plain import RunError
from reports.record import ANSWER, NOT_OFFERED
from reports.run import read_header
from tests.command_line import ROOT, gate
from tests.stand_ins import TREE, without

USAGE = 2


@pytest.mark.parametrize("option", ["--python", "--rival"])
def test_an_interpreter_that_is_not_there(tmp_path, option):
    code, output = gate(tmp_path / "run", "properties/nn/softmax.py", option, "/no/such/python")
    assert code == USAGE, output
    assert "/no/such/python: no such interpreter" in output


@pytest.mark.parametrize("name", ["scipy", "tensorflow", "a/b", "", "x" * 60])
def test_names_of_rivals_are_checked(name):
    with pytest.raises(RunError, match="--rival"):
        rivals_of([f"{name}=python"])


@pytest.mark.parametrize("library", ["jax", "torch"])
def test_a_library_that_is_not_installed(tmp_path, monkeypatch, library):
    monkeypatch.setattr(rivals.sys, "executable", without(tmp_path / "python", library))
    with pytest.raises(RunError, match=rf"is not installed here: pip install '.\[{library}\]'"):
        opened(rivals_of([library]), "CPU:0", lambda worker: ())


def test_a_rival_is_recorded_and_never_gated(tmp_path):
    words = ("properties/nn/softmax.py", "--dtypes", "float32", "--rival", f"twin={sys.executable}")
    code, output = gate(tmp_path / "run", *words)
    assert code in (0, 1), output
    (found,) = compare(tmp_path / "run", axis="backend", b="twin")
    assert {row.verdict for row in found.rows} == {SAME}  # as its bits are
    assert found.pairs > 20
    rows = [line for line in output.splitlines() if " twin eager " in line]
    assert rows
    assert all(line.rstrip().endswith("rival") for line in rows)


def test_the_tensorflow_of_another_environment_is_verified(tmp_path):
    words = ("properties/nn/softmax.py", "--dtypes", "float32", "--python", sys.executable)
    code, output = gate(tmp_path / "run", *words)
    assert code in (0, 1), output
    header = read_header(tmp_path / "run")
    assert header.tensorflow != "unknown"
    assert header.versions["beside tensorflow"].endswith(f"NumPy {np.__version__}")
    assert " eager " in output
    assert "held" in output


@pytest.mark.parametrize("library", ["jax", "torch"])
def test_tables_of_other_libraries(library):
    if find_spec(library) is None:
        pytest.skip(f"{library} is not installed: an extra that the default install leaves out")
    (rival,) = opened(rivals_of([library]), "CPU:0", lambda worker: ())
    assert rival.name.startswith(f"{library} ")
    stack = problem(Recipe("general", 3, (4,), "log-uniform", 4, 0, "float32", 7)).inputs[0]
    symmetric = stack + np.swapaxes(stack, -1, -2)
    rows, points = stack[:, 0], np.array([[0.25, -1.5], [2.0, 3.0]])
    asked = {
        "linalg.solve": ((stack, stack[..., :1]), {"adjoint": True}),
        "linalg.inv": ((stack,), {"adjoint": True}),
        "linalg.eigh": ((symmetric,), {}),
        "linalg.cholesky": ((stack @ np.swapaxes(stack, -1, -2) + np.eye(4),), {}),
        "linalg.qr": ((stack,), {"full_matrices": False}),
        "linalg.eigvalsh": ((symmetric,), {}),
        "linalg.svd": ((stack,), {"full_matrices": False, "compute_uv": True}),
        "linalg.pinv": ((stack,), {"rcond": None}),
        "linalg.lstsq": ((stack, stack[..., :1]), {"fast": True, "l2_regularizer": 0.25}),
        "linalg.det": ((stack,), {}),
        "linalg.slogdet": ((stack,), {}),
        "linalg.expm": ((symmetric,), {}),
        "nn.softmax": ((rows,), {"axis": -1}),
        "nn.log_softmax": ((rows,), {"axis": -1}),
        "math.reduce_logsumexp": ((rows,), {"axis": -1, "keepdims": False}),
        "properties.calculus.calls:jacobian": ((points,), {"tree": TREE, "path": "jacobian"}),
        "properties.calculus.calls:hessian": ((points,), {"tree": ("sum", TREE)}),
    }
    ours = Worker()
    for call, (inputs, arguments) in asked.items():
        question = Request(call, None, "eager", "CPU:0", "float64", arguments, inputs)
        theirs = rival.worker.ask(question)
        if theirs.outcome == NOT_OFFERED and library == "torch" and "calculus" in call:
            continue
        mine = ours.ask(question)
        assert theirs.outcome == mine.outcome == ANSWER, (call, theirs.message, mine.message)
        for got, due in zip(theirs.arrays, mine.arrays, strict=True):
            assert got.dtype == due.dtype
            np.testing.assert_allclose(np.abs(got), np.abs(due), rtol=1e-9, atol=1e-9)
    refused = Request("no.such", None, "eager", "CPU:0", "float64", {}, (rows,))
    assert rival.worker.ask(refused).outcome == NOT_OFFERED
    ours.stop()
    rival.worker.stop()


@pytest.mark.parametrize("library", ["jax", "torch"])
def test_functions_of_other_libraries_are_the_same_functions(library):
    """At ends of domains libraries differ; a wrong function differs everywhere."""
    if find_spec(library) is None:
        pytest.skip(f"{library} is not installed: an extra that the default install leaves out")
    functions = import_module(f"properties.rival_{library}_functions").FUNCTIONS
    (rival,) = opened(rivals_of([library]), "CPU:0", lambda worker: ())
    ours, recipes = Worker(), load_recipes(HERE)
    compared, wrong = [], []
    for name in sorted({*functions, "linalg.matmul"}):
        for stored in recipes[name]:
            given = problem(Recipe(*stored.recipe))
            if "float64" not in [dtype.name for dtype in given.dtypes]:
                continue
            question = Request(
                name, None, "eager", "CPU:0", "float64", dict(given.arguments), given.inputs
            )
            mine, theirs = ours.ask(question), rival.worker.ask(question)
            if NOT_OFFERED in (mine.outcome, theirs.outcome):
                continue
            compared.append(name)
            if not theirs.outcome == mine.outcome == ANSWER:
                wrong.append((name, theirs.message, mine.message))
                continue
            (got,), (due,) = theirs.arrays, mine.arrays
            near = np.isclose(got, due, rtol=1e-6, atol=1e-12, equal_nan=True)
            if near.mean() < 0.75:
                wrong.append((name, stored.recipe, float(near.mean())))
    assert not wrong
    assert len(set(compared)) > 0.9 * len(functions)
    ours.stop()
    rival.worker.stop()


def test_the_tables_name_calls_of_routines_only():
    calls = {routine.call for routine in routines().values()}
    for library in ("jax", "torch"):
        named = set()
        for file in (f"rival_{library}.py", f"rival_{library}_functions.py"):
            text = (ROOT / "properties" / file).read_text("utf-8")
            table = re.split("(?:CALLS|FUNCTIONS): dict", text)[1].split("\n}\n")[0]
            named |= {line.split('"')[1] for line in table.splitlines() if line.startswith('    "')}
        assert named
        assert named <= calls
