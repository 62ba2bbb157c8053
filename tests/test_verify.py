"""From a wrong operation to the message a person reads: drawn, broken, shrunk, told, replayed."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from properties.calculus.jacobian import JACOBIAN
from properties.claims import claims_of
from properties.dtypes import Dtype
from properties.findings import problem_of
from properties.linalg.solve import SOLVE
from properties.modes import Implementation
from properties.routine import Array, Problem, Routine
from properties.session import Session
from properties.verify import check
from references.operations import names_in, size
from references.truth import Truth
from reports.cases import findings, load_finding
from reports.ledger import Ledger
from reports.store import Spool
from tests.implementations import correctly_rounded

WRONG = "tanh"


def wrong_where_it_occurs(
    routine: Routine, problem: Problem, dtype: Dtype, truth: Truth
) -> tuple[Array, ...]:
    """Exact derivatives, a quarter too large for trees that hold the operation."""
    rounded = tuple(correctly_rounded(part, dtype) for part in truth.parts)
    factor = 1.25 if WRONG in names_in(problem.arguments["tree"]) else 1.0
    return tuple(part * factor for part in rounded)


def wrong_when_large(
    routine: Routine, problem: Problem, dtype: Dtype, truth: Truth
) -> tuple[Array, ...]:
    """Exact solutions, doubled for systems of three and more unknowns."""
    factor = 2.0 if problem.sizes["n"] >= 3 else 1.0
    return tuple(correctly_rounded(part, dtype) * factor for part in truth.parts)


def session_of(tmp_path: Path, routine: Routine, function: object, examples: int) -> Session:
    """A gate whose TensorFlow is a function of the truth."""
    versions = {"tensorflow": "none"}
    head = {
        "versions": versions, "device": "", "cpu": [], "flags": {}, "commit": "", "seed": 0,
        "started": "", "argv": [], "claims": claims_of([routine]),
    }  # fmt: skip
    return Session(
        backends=(Implementation("tensorflow", function, ("eager",)),),  # type: ignore[arg-type]
        spool=Spool(tmp_path, "main", head),
        run=tmp_path,
        worker="main",
        environment=versions,
        ledger=Ledger(),
        depth=4,
        examples=examples,
    )


def test_a_wrong_operation_shrinks_to_its_smallest_tree(tmp_path: Path) -> None:
    session = session_of(tmp_path, JACOBIAN, wrong_where_it_occurs, 300)
    with pytest.raises(pytest.fail.Exception) as failure:
        check(JACOBIAN, 0, session)
    session.close()
    smallest = next(iter(findings(tmp_path / "shrunk").values()))
    tree = smallest.arguments["tree"]
    assert WRONG in names_in(tree)
    assert size(tree) <= 6, smallest.source  # drawn trees have up to some fifty nodes
    assert "tf.tanh" in smallest.source
    assert "calculus.jacobian breaks its claim" in str(failure.value)


def test_the_message_tells_all_and_its_file_replays(tmp_path: Path) -> None:
    session = session_of(tmp_path, SOLVE, wrong_when_large, 30)
    with pytest.raises(pytest.fail.Exception) as failure:
        check(SOLVE, 0, session)
    session.close()
    told = str(failure.value)
    for word in ("linalg.solve", "backward", "bound", "because", "recipe", "input", "got", "true"):
        assert word in told
    assert "decimal[" in told
    replay = re.search(r"--replay (\S+)", told)
    assert replay is not None
    finding = load_finding(Path(replay.group(1)))
    problem = problem_of(finding)
    assert problem.sizes["n"] == 3, "shrunk to the fewest unknowns that still break"
    assert problem.digests == (finding.digest,)
    again = session_of(tmp_path / "again", SOLVE, wrong_when_large, 1)
    found = again.sit(SOLVE, problem, "again")
    again.close()
    assert any(f.cell == finding.cell and np.isclose(f.error, finding.error) for f in found)


def test_an_audit_records_and_does_not_fail(tmp_path: Path) -> None:
    session = session_of(tmp_path, SOLVE, wrong_when_large, 30)
    session.audit = True
    check(SOLVE, 0, session)
    session.close()
    assert findings(tmp_path)
