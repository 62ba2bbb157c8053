"""What the charts of a run are drawn from: points that are members, parts that add up."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest

from properties.claims import claims_of
from properties.registry import routines
from reports.charts import CHARTS
from reports.charts_data import BEYOND, chartable, data_of, digits, logs, series_of
from reports.charts_draw import LARGEST, tables_of, value
from reports.conditioning import allows_for_condition, by_routine
from reports.run import StatedClaim
from reports.verdict import RunVerdict, run_verdict
from tests.reports_example import LEDGER, write_run


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> RunVerdict:
    return run_verdict(write_run(tmp_path_factory.mktemp("reports") / "run"), LEDGER)


def drawn_of(verdict: RunVerdict) -> Iterator[tuple[str, list]]:
    for _, claims in by_routine(verdict):
        for claim in claims:
            series = series_of(claim.cells)
            if series and chartable(series):
                yield claim.claim.claim, series


def test_points_are_members_of_the_run(verdict: RunVerdict) -> None:
    seen = 0
    for name, series in drawn_of(verdict):
        data = data_of(name, series, 320)
        rows = tables_of(data)["points"]
        assert len(rows) == sum(count for *_, count in data["series"]) > 0
        for s in (s for s in series if s.gated):
            mine = [row for row in rows if row["dtype"] == s.cell.dtype]
            errors = {row["error"] for row in mine}
            low, high = (10.0**decade for decade in data["edges"]["error"])
            for error in np.clip(s.sample.error, low, high).tolist():
                assert min(abs(e / error - 1) for e in errors) < 0.003
            seen += 1
    assert seen > 10


def test_what_is_drawn_adds_up(verdict: RunVerdict) -> None:
    for name, series in drawn_of(verdict):
        data = data_of(name, series, 320)
        for (dtype, who, _, parts), s in zip(data["shares"], series, strict=True):
            assert (dtype, who) == (s.cell.dtype, s.who)
            counted = 100 * (1 - s.summary.zeros / s.summary.compared)
            assert sum(parts) == pytest.approx(counted, rel=0.01)
        json.dumps(data, allow_nan=False)


def test_breaks_are_always_among_the_points(verdict: RunVerdict) -> None:
    broken = 0
    for name, series in drawn_of(verdict):
        rows = tables_of(data_of(name, series, 12))["points"]
        broken += sum(row["broken"] for row in rows)
    assert broken == 5


def test_the_rival_is_set_beside_on_the_same_members(verdict: RunVerdict) -> None:
    name, series = next(pair for pair in drawn_of(verdict) if pair[0] == "forward")
    rows = tables_of(data_of(name, series, 320))["points"]
    assert all((row["rival"] is not None) == (row["dtype"] == "float64") for row in rows)


@pytest.mark.parametrize(
    ("value", "written"),
    [(1.0, 0), (1000.0, 3000), (0.0, -BEYOND), (np.inf, BEYOND), (np.nan, None)],
)
def test_numbers_as_thousandths_of_a_decade(value: float, written: int | None) -> None:
    assert logs(np.array([value])) == [written]


def test_digits_that_an_error_leaves() -> None:
    assert digits(0.0, "float64") == pytest.approx(15.65, abs=0.01)
    assert digits(1e3, "float32") == pytest.approx(3.92, abs=0.01)
    assert digits(float("inf"), "float32") == digits(1e30, "float32") == 0


def test_charts_are_named_once() -> None:
    assert len({chart.name for chart in CHARTS}) == len(CHARTS)


@pytest.mark.parametrize(
    ("bound", "terms", "answer"),
    [
        ("eta*kappa/(1 - eta*kappa*eps)", {"eta": "n"}, True),
        ("eta", {"eta": "n + 1"}, False),
        ("eta", {"eta": "n*(columns + 2*n/kappa)"}, False),
        ("rounded", {"rounded": "spread", "spread": "(mean_distance + n)/2"}, True),
        ("eta", {"eta": "n", "eta (xla)": "n*skeel"}, True),
        ("1 (an error is 0 or infinite)", {}, False),
        ("eta", {"eta": "n + 2*n*(1 + 1/least)*tiny/eps"}, False),
        ("2*n/kappa*margin", {}, True),
        ("no formula, but kappa", {}, True),
        ("1+" * 5000 + "n", {}, False),
        ("loop", {"loop": "loop + 1"}, False),
    ],
)
def test_which_bounds_allow_for_the_condition(
    bound: str, terms: dict[str, str], answer: bool
) -> None:
    claim = StatedClaim("r", "c", bound, "because", terms=tuple(terms.items()))
    assert allows_for_condition(claim) == answer


BLAMES = {
    "honesty", "backward", "residual", "orthogonality", "left orthogonality", "reconstruction",
    "right orthogonality", "gradient", "ascending", "descending", "order", "mass",
}  # fmt: skip
OTHERWISE = {
    ("linalg.LinearOperatorBlockLowerTriangular", "backward"): True,  # of the block before
    ("linalg.eigh_tridiagonal.gradient", "forward"): False,  # it is the matrix, too
    ("linalg.eigvalsh.gradient", "forward"): False,  # it is the matrix
    ("linalg.logm", "residual"): True,  # what moves X moves e^X by its hump
    ("linalg.tridiagonal_solve.gradient", "backward"): True,  # without exchanges, by its growth
    ("nn.local_response_normalization", "entrywise"): False,
    ("nn.isotonic_regression", "forward"): False,  # levels move no further than the input
}
EXCUSES = {"forward", "entrywise", "normwise", "logarithm", "sign"}  # a complex sign is a phase


def test_every_claim_of_the_suite_is_told_apart() -> None:
    seen = set()
    for stated in claims_of(routines().values()):
        claim = StatedClaim(**stated | {"terms": tuple(stated["terms"].items()), "modes": ()})
        if claim.claim in BLAMES | EXCUSES:
            due = OTHERWISE.get((claim.routine, claim.claim), claim.claim in EXCUSES)
            assert allows_for_condition(claim) == due, claim
            seen.add(claim.claim)
    assert len(seen) > 12


def test_the_largest_number_can_be_drawn() -> None:
    (written,) = logs(np.array([np.finfo(np.float64).max]))
    assert written == LARGEST + 1
    assert value(written) == np.inf
    assert value(LARGEST) == pytest.approx(10**308.254)
