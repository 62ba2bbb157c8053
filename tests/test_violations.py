"""`benchmarks/violations.py` finds what it looks for, in every routine that it compares."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import held, violations
from benchmarks.violations import DERIVATIVES, KINDS, LARGE, SMALL, problems
from properties.registry import routines
from references import spectral
from references.interval import Interval
from references.truth import Truth
from tests.test_certificates_spectral import hermitian


def displaced(truth: Truth, by: float) -> Truth:
    """Every number of every part moved by so many radii."""
    steps = (np.where(np.isfinite(part.radius), by * part.radius, 0.0) for part in truth.parts)
    moved = (
        replace(part, lo=part.lo + step) for part, step in zip(truth.parts, steps, strict=True)
    )
    return replace(truth, parts=tuple(moved))


@pytest.mark.parametrize("name", [*KINDS, *DERIVATIVES])
def test_no_truth_is_violated_and_each_is_when_moved(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(violations, "SMALL", (2, 5))
    words = [name, "--members", "1024" if name in DERIVATIVES else "40", "--large", "0"]
    assert violations.main(words) == 0
    assert "VIOLATED" not in capsys.readouterr().out
    routine = routines()[name.partition(",")[0]]

    def wrong(*inputs: np.ndarray, level: int, **arguments: object) -> Truth:
        truth = routine.reference(*inputs, level=level, **arguments)
        return displaced(truth, 2.5) if level == 0 else truth

    known = {**routines(), routine.name: replace(routine, reference=wrong)}
    monkeypatch.setattr(violations, "routines", lambda: known)
    assert violations.main(words) == 1
    assert "VIOLATED" in capsys.readouterr().out


def test_mpmath_notices_what_is_moved(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(violations, "SMALL", (2, 5))
    words = ["linalg.inv", "--members", "40", "--large", "0", "--mpmath"]
    assert violations.main(words) == 0
    routine = routines()["linalg.inv"]

    def wrong(*inputs: np.ndarray, level: int, **arguments: object) -> Truth:
        return displaced(routine.reference(*inputs, level=level, **arguments), 2.5)

    known = {**routines(), routine.name: replace(routine, reference=wrong)}
    monkeypatch.setattr(violations, "routines", lambda: known)
    assert violations.main(words) == 1
    assert "VIOLATED: linalg.inv" in capsys.readouterr().out


def test_quantities_that_disagree_are_violations() -> None:
    a = hermitian("log-uniform", 3, 1)
    truth = spectral.eigh(a)
    assert (held.shares("linalg.eigh", truth, truth) <= 1).all()
    for name, interval in truth.quantities.items():
        away = Interval(interval.upper * 2 + 1, interval.upper * 2 + 1)
        wrong = replace(truth, quantities={**truth.quantities, name: away})
        finite = np.isfinite(away.upper).reshape(len(a), -1).all(axis=1)
        assert np.isinf(held.shares("linalg.eigh", truth, wrong)[finite]).all()
        unknown = Interval(interval.lower * np.nan, interval.upper)
        wrong = replace(truth, quantities={**truth.quantities, name: unknown})
        assert np.isinf(held.shares("linalg.eigh", wrong, truth)).all()


def test_members_are_of_every_order_and_structure() -> None:
    for name, kind in KINDS.items():
        given = list(problems(name, SMALL, 1))
        assert len(given) == len(SMALL) * len(kind.structures) + 1
        assert {each.recipe[3] for each in given} == set(kind.structures)
        assert not any(array.any() for array in given[-1].inputs)
    assert sum(map(len, problems("linalg.eigh", LARGE, 40))) >= 40
