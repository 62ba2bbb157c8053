"""Which entry of a finding is furthest off, and how that is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from reports.cases import exact
from reports.markdown import markdown
from reports.pointed import furthest
from reports.verdict import run_verdict
from tests.reports_example import FINDING, LEDGER, write_run


def decimals(*values: str, shape: tuple[int, ...] = ()) -> dict[str, Any]:
    return {"dtype": "decimal", "shape": shape or (len(values),), "values": values}


def of(got: list[Any], true: dict[str, Any], *inputs: list[float]) -> str:
    arrays = tuple(exact(np.array(x)) for x in inputs)
    return furthest(replace(FINDING, inputs=arrays, got=(exact(np.array(got)),), true=(true,)))


def test_the_largest_relative_error_of_a_vector_and_its_input() -> None:
    told = of([1.0, 2.5, 1e9 + 9], decimals("1", "2", "1e9"), [7.0, 0.125, 3.0])
    assert told == "entry [1], of the input 0.125: got 2.5, true 2"


def test_the_largest_error_of_a_matrix() -> None:
    got = [[1e-30, 5.0], [6.0, 7.0]]
    told = of(got, decimals("2e-30", "5", "6.5", "7", shape=(2, 2)), [[1.0, 2.0], [3.0, 4.0]])
    assert told == "entry [1, 0]: got 6.0, true 6.5"


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_comes_first(bad: float) -> None:
    assert of([9.0, bad], decimals("1", "2")).startswith(f"entry [1]: got {bad}")


def test_zero_for_what_is_not_zero_and_not_zero_for_zero() -> None:
    assert of([0.0, 1.0, 1e-300], decimals("5", "1", "0")).startswith("entry [2]: got 1e-300")
    assert of([0.0, 1.0], decimals("5", "1")).startswith("entry [0]: got 0.0, true 5")


@pytest.mark.parametrize(
    ("got", "true"),
    [
        ([2.0], decimals("1")),  # one entry needs no pointing
        ([1.0, 2.0], decimals("1", "2")),
        ([1.0, np.nan, np.inf], decimals("1", "nan", "inf")),
        ([1.0, 2.0], decimals("1", "2", "3")),
        ([1.0, 2.0], decimals("1 0", "2 1")),
        ([1.0 + 2.0j, 2.0], decimals("1", "2")),
        ([1.0, 2.0], decimals("one", "2")),
        ([1.0, 2.0], decimals("1e99999999999999999999", "2")),  # beyond what a decimal can be
    ],
)
def test_where_there_is_nothing_to_point_at(got: list[Any], true: dict[str, Any]) -> None:
    assert of(got, true) == ""


@pytest.mark.parametrize("text", ["-1e-999999999999999999", "9" * 5000])
def test_a_hostile_number_is_only_far_off(text: str) -> None:
    assert of([1.0, 2.0], decimals("1", text)).startswith("entry [1]: got 2.0, true ")


def test_the_part_is_named_where_there_are_several() -> None:
    pair = exact(np.array([1.0, 2.0]))
    found = replace(FINDING, got=(pair, pair), true=(decimals("1", "2"), decimals("1", "3")))
    assert furthest(found) == "entry [1] of part 2: got 2.0, true 3"


def test_reports_say_it(tmp_path: Any) -> None:
    verdict = run_verdict(write_run(tmp_path / "run"), LEDGER)
    told = furthest(FINDING)
    assert told == "entry [1, 0]: got 0.6363636363636364, true 0.63636363636363636364"
    assert "furthest off: entry" in markdown(verdict, [FINDING])
