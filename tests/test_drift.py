"""Drift: what the comparison with a baseline sees, and what it leaves in peace."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from reports.accepted import EDGES, LETTERS, ROUNDING, accepted, letters, outward, places, places_of
from reports.baseline import Baseline
from reports.drift import CHANCE, IMPROVED, PEAK, REGRESSED, STEADY, Drifts, chance, compare
from reports.drift_text import sentence
from reports.readings import Reading, Readings, StoredStack
from reports.record import Cell

CELL = Cell("linalg.solve", "forward", "float32", "eager", "tensorflow")
DEPTH, STACKS = 8, 12


def readings(error: np.ndarray, bound: float = 100.0, bits: str = "same") -> Readings:
    """One cell on a dozen stacks of eight."""
    stacks = tuple(
        StoredStack(f"{k:016x}", ("general", k), tuple(f"{k:08x}{i:08x}" for i in range(DEPTH)))
        for k in range(STACKS)
    )
    reading = Reading(error, np.where(np.isnan(error), np.nan, bound))
    return Readings(CELL.routine, stacks, {CELL: reading}, {("float32", "eager"): bits})


def baseline_of(measured: Readings) -> Baseline:
    """The baseline that accepts it."""
    return Baseline(
        "here",
        {measured.routine: measured.digest},
        {measured.routine: "2.21.0"},
        {cell: accepted(reading) for cell, reading in measured.cells.items()},
        {(measured.routine, *where): bits for where, bits in measured.answers.items()},
    )


def errors(seed: int = 0) -> np.ndarray:
    """Honest errors: a rounding pattern for each seed, of the same members."""
    sizes = np.exp(np.random.default_rng(99).normal(0.5, 1.0, DEPTH * STACKS))
    return np.abs(np.random.default_rng(seed).normal(0.0, 1.0, DEPTH * STACKS)) * sizes


def drift(before: np.ndarray, now: np.ndarray) -> Drifts:
    """One comparison."""
    return compare(readings(now), baseline_of(readings(before)))


def verdict(before: np.ndarray, now: np.ndarray) -> str:
    """Of the only cell."""
    (only,) = drift(before, now).cells
    return only.verdict


# Letters.


def test_letters_are_half_octaves_and_their_ends_belong_below():
    assert letters(
        Reading(np.array([0.0, ROUNDING, np.nextafter(ROUNDING, 1), 1.0]), np.ones(4))
    ) == ("0012")
    assert np.all(places(EDGES) == np.arange(len(EDGES)))
    assert np.all(places(np.nextafter(EDGES, np.inf)) == np.arange(len(EDGES)) + 1)
    assert places(np.array([np.inf]))[0] == len(LETTERS) - 1
    assert np.allclose(EDGES[1:] / EDGES[:-1], math.sqrt(2))


def test_letters_come_back():
    error = np.array([0.1, 3.0, np.nan, np.inf])
    text = letters(Reading(error, np.ones(4)))
    assert places_of(text).tolist() == [*places(error[:2]), -1, len(LETTERS) - 1]
    with pytest.raises(ValueError, match="substring"):
        places_of("0 1")


def test_figures_round_outward():
    assert outward(0.021201) == 0.0213
    assert outward(math.inf) == math.inf
    for value in np.random.default_rng(0).uniform(size=100):
        assert value <= outward(value) <= value * 1.01


# Chance.


@pytest.mark.parametrize("moved", [0, 1, 19, 20, 28, 64, 200])
def test_fair_coins_alarm_as_rarely_as_stated(moved):
    alarms = [k for k in range(moved + 1) if chance(k, moved - k) <= CHANCE]
    assert sum(math.comb(moved, k) for k in alarms) / 2**moved <= CHANCE
    assert bool(alarms) == (moved >= 20), "twenty members that all got worse are enough"


def test_the_same_errors_are_steady():
    for seed in range(20):
        (only,) = drift(errors(seed), errors(seed)).cells
        assert (only.verdict, only.worse, only.better) == (STEADY, 0, 0)


def test_another_rounding_pattern_is_steady():
    for seed in range(1, 200):
        (only,) = drift(errors(0), errors(seed)).cells
        assert only.verdict == STEADY, sentence(only)
        assert only.worse + only.better > 40, "these do move"


# What is seen.


@pytest.mark.parametrize("eps", [2, 4, 8])
def test_errors_that_grow_by_some_eps_regress(eps):
    found = drift(errors(), errors(1) + eps)
    (only,) = found.regressions
    assert only.cell == CELL
    assert only.example is not None
    assert only.example.error > 2 * only.example.before / math.sqrt(2)
    assert f"{only.worse} worse, {only.better} better of 96" in sentence(only)
    assert only.example.digest in sentence(only)


def test_errors_that_shrink_improve():
    assert verdict(errors() + 4, errors()) == IMPROVED


def test_small_growth_is_no_regression():
    assert verdict(errors(), errors() * 1.05) == STEADY


def test_one_member_that_grows_beyond_all_others_regresses():
    now = errors()
    now[17] = 1.01 * PEAK * errors().max()
    (only,) = drift(errors(), now).regressions
    assert only.example is not None
    assert only.example.digest == f"{2:08x}{1:08x}"
    assert only.worse == 1


def test_one_member_that_stays_among_the_others_is_steady():
    now = errors()
    now[17] = errors().max()
    assert verdict(errors(), now) == STEADY


def test_a_peak_needs_an_error_that_rounding_does_not_make():
    before = np.full(DEPTH * STACKS, 2.0**-20)
    now = before.copy()
    now[3] = 3.9  # eps; a million times the baseline's worst
    assert verdict(before, now) == STEADY
    now[3] = 4.1
    assert verdict(before, now) == REGRESSED


def test_copies_of_one_member_count_once():
    before = np.ones(DEPTH * STACKS)
    now = before.copy()
    now[: 3 * DEPTH] = 3.0  # 24 members, of 3 stacks
    (only,) = drift(before, now).cells
    assert (only.verdict, only.worse) == (STEADY, 3)
    now[: 3 * DEPTH] += np.arange(3 * DEPTH) / 1024
    (only,) = drift(before, now).cells
    assert (only.verdict, only.worse) == (REGRESSED, 24)


def test_members_that_are_compared_no_more_are_worse():
    now = errors()
    now[:] = np.nan
    found = drift(errors(), now)
    assert [only.verdict for only in found.cells] == [REGRESSED]
    assert "nothing compared, where the baseline has 96" in sentence(found.cells[0])


def test_a_cell_without_any_record_is_seen():
    measured = readings(errors())
    found = compare(replace(measured, cells={}), baseline_of(measured))
    assert [only.verdict for only in found.cells] == [REGRESSED]


# What is not compared.


def test_modes_that_were_not_asked_for_are_left_out():
    measured = readings(errors())
    found = compare(replace(measured, cells={}, answers={}), baseline_of(measured))
    assert found.cells == ()


def test_other_problems_are_not_compared_and_told():
    measured = readings(errors())
    stacks = (measured.stacks[0]._replace(members=("f" * 16,) * DEPTH), *measured.stacks[1:])
    found = compare(replace(measured, stacks=stacks), baseline_of(measured))
    assert found.cells == ()
    assert "was measured on other problems" in found.notes[0]


def test_a_routine_or_a_cell_that_the_baseline_lacks_is_told():
    measured = readings(errors())
    empty = Baseline("here")
    assert "linalg.solve is not in the baseline here" in compare(measured, empty).notes[0]
    part = replace(baseline_of(measured), cells={})
    assert "forward float32 eager is not in the baseline" in compare(measured, part).notes[0]


def test_other_bits_are_told_and_no_regression():
    found = compare(readings(errors(), bits="other"), baseline_of(readings(errors())))
    assert found.changed == (("linalg.solve", "float32", "eager"),)
    assert not found.regressions
