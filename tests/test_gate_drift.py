"""The gate beside a baseline, with TensorFlow: planted regressions fail it, reruns never do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from properties import stored
from properties.claims import claims_of
from properties.linalg.inv import INV
from properties.modes import Backend, TensorFlow
from properties.nn.log_softmax import LOG_SOFTMAX
from properties.nn.softmax import SOFTMAX
from properties.planted import Planted
from properties.plants import BIASED, ENTRYWISE
from properties.recipes import problem
from properties.resolution import lines
from properties.routine import Routine
from properties.session import Session
from properties.workers import Worker
from reports.accept import accept
from reports.baseline import StoredRecipe, chosen, load_recipes, platforms_of, save_recipes
from reports.cases import load_finding
from reports.drift import REGRESSED
from reports.ledger import Ledger
from reports.run import mark_complete, read_header
from reports.store import Spool
from reports.verdict import FAILED, FINE, USAGE, RunVerdict, run_verdict
from tests.command_line import python, reports

ROUTINES = (INV, SOFTMAX)
RERUNS = 20


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """The child that executes TensorFlow."""
    worker = Worker()
    yield worker
    worker.stop()


def recipes() -> dict[str, list[StoredRecipe]]:
    """Five stacks for each routine, of a size that leaves four eps within every bound."""
    axis, adjoint = (("axis", -1),), (("adjoint", False),)
    chosen = {
        "linalg.inv": [
            ("general", 8, (8,), "dense", 0, 0, "float32", i, adjoint) for i in range(5)
        ],
        "nn.softmax": [("logits", 8, (8,), "ordinary", 0, 0, "float32", i, axis) for i in range(5)],
    }
    return {
        routine: [StoredRecipe(problem(recipe).digest, problem(recipe).recipe) for recipe in those]
        for routine, those in chosen.items()
    }


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory, worker: Worker) -> Path:
    """The baselines that a first gate was accepted into."""
    folder = tmp_path_factory.mktemp("accepted")
    save_recipes(folder / "baselines", recipes())
    verdict, told = gate(folder / "run", worker, folder / "baselines")
    assert not told
    assert verdict.drift is not None
    assert "no baseline for" in verdict.drift.notes[0]
    done = accept(folder / "run", folder / "baselines")
    assert done.added == 10, "five claims in two dtypes"
    return folder / "baselines"


def gate(
    run: Path,
    worker: Worker,
    baselines: Path,
    bias: int = 0,
    routines: tuple[Routine, ...] = ROUTINES,
) -> tuple[RunVerdict, list[str]]:
    """The stored recipes of some routines in eager mode, and what failed."""
    head = {
        "versions": {"tensorflow": "2.21.0", "system": "Linux-6.1-x86_64"}, "device": "CPU:0",
        "cpu": ["x86_64"], "flags": {}, "commit": "", "seed": 0, "started": "", "argv": [],
        "claims": claims_of(routines),
    }  # fmt: skip
    spool = Spool(run, "main", head)
    real: Backend = TensorFlow(worker, ("eager",))
    plants = [plant for plant in BIASED if plant.eps == bias and plant.family == ENTRYWISE]
    backends = [Planted(real, plant, "tensorflow") for plant in plants] or [real]
    session = Session(
        backends=backends,
        spool=spool,
        run=run,
        worker="main",
        environment={},
        ledger=Ledger.load(),
        dtypes=("float32", "float64"),
        modes=("eager",),
        recipes=load_recipes(baselines),
        baseline=chosen(baselines, platforms_of(read_header(run))),
    )
    told = []
    for routine in routines:
        try:
            stored.measure(routine, session)
        except pytest.fail.Exception as failure:
            told.append(str(failure))
    spool.close()
    session.auditor.close()
    mark_complete(run)
    return run_verdict(run, baselines=baselines), told


def test_reruns_pass(tmp_path, worker, accepted):
    for i in range(RERUNS):
        verdict, told = gate(tmp_path / str(i), worker, accepted, routines=(SOFTMAX,))
        assert not told
        assert verdict.exit_code == FINE
        assert verdict.drift is not None
        assert verdict.drift.cells
        assert not verdict.drift.changed
        assert all(drift.worse == drift.better == 0 for drift in verdict.drift.cells)


def test_four_eps_within_all_bounds_fail_the_gate(tmp_path, worker, accepted):
    verdict, told = gate(tmp_path / "run", worker, accepted, bias=4)
    assert not verdict.broken, "every theorem bound holds"
    assert verdict.exit_code == FAILED
    regressed = {drift.cell[:3] for drift in verdict.regressions}
    assert ("linalg.inv", "forward", "float32") in regressed
    assert ("nn.softmax", "entrywise", "float64") in regressed
    assert {verdict.verdicts[drift.cell] for drift in verdict.regressions} == {REGRESSED}
    assert len(told) == len(ROUTINES)
    assert "linalg.inv forward float32 eager: " in told[0]
    assert "--replay" in told[0]
    assert verdict.drift is not None
    assert set(verdict.drift.files) == {drift.cell for drift in verdict.regressions}
    assert load_finding(Path(next(iter(verdict.drift.files.values())))).cell in verdict.drift.files


def test_the_command_line_accepts_and_two_workers_meet_it(tmp_path):
    save_recipes(tmp_path / "baselines", recipes())
    words = (
        "pytest", "properties", "-q", "-k", "nn.softmax-stored", "--modes", "eager",
        "--baselines", tmp_path / "baselines", "--run",
    )  # fmt: skip
    code, output = python(*words, tmp_path / "first")
    assert code == FINE, output
    code, output = reports("accept", tmp_path / "first", "--baselines", tmp_path / "baselines")
    assert code == FINE, output
    code, output = python(*words, tmp_path / "again", "-n", "2")
    assert code == FINE, output
    assert "6 cells compared with the baseline" in output
    assert "other bits" not in output
    (path,) = (tmp_path / "baselines").glob("*-*.json")
    path.write_text(path.read_text("utf-8")[:-9], "utf-8")
    code, output = python(*words, tmp_path / "damaged", "-n", "2")
    assert code == USAGE, output
    assert f"{path}: not readable as JSON" in " ".join(output.split())
    assert not (tmp_path / "damaged").exists(), "nothing was run"


def test_a_replay_tells_what_every_mode_answered_though_all_holds(tmp_path, worker, accepted):
    gate(tmp_path / "run", worker, accepted, bias=4)
    finding = next((tmp_path / "run" / "drift").rglob("*softmax*.json"))
    code, output = python(
        "pytest", "properties", "-q", "--replay", finding, "--run", tmp_path / "again"
    )
    assert code == FINE, output
    for mode in ("eager", "graph", "xla"):
        assert f"float32 {mode}: answer" in output
    told = ("input    float64", "true     decimal", "got      float32", "held     entrywise: share")
    assert [word for word in told if word not in output] == []


def test_the_baseline_sees_what_the_bounds_cannot(worker):
    real = TensorFlow(worker, ("eager",))
    found = {line.dtype: line for line in lines(SOFTMAX, recipes()["nn.softmax"], real)}
    for dtype in ("float32", "float64"):
        line = found[dtype]
        assert 0 < line.honest < 10
        assert 1 <= line.drift <= 4
        assert line.drift < (line.bounds or 128)


def test_a_recipe_that_makes_other_bytes_is_an_error_of_the_suite():
    made = problem(("general", 2, (3,), "dense", 0, 0, "float32", 7, (("adjoint", False),)))
    right = StoredRecipe(made.digest, made.recipe)
    assert [p.digest for p in stored.problems_of(INV, [right])] == [made.digest]
    with pytest.raises(stored.OtherBytes, match=r"linalg\.inv: the stored recipe .* makes"):
        stored.problems_of(INV, [right._replace(digest="0" * 16)])


def test_drawn_recipes_cover_every_grid_with_many_structures():
    routine = LOG_SOFTMAX  # of volume 1
    drawn = stored.drawn(routine)
    grids = [p.dtypes[0].name for p in drawn]
    assert {grids.count(grid) for grid in set(grids)} == {stored.STACKS}
    assert len(set(grids)) == 4
    assert len({str(p.traits["structure"][0]) for p in drawn}) >= stored.STACKS
    assert len({stored.shape_of(p) for p in drawn}) <= stored.SHAPES
    assert [p.digest for p in drawn] == [p.digest for p in stored.drawn(routine)]
