"""Verdicts from intervals: held, broken, undecided, vacuous."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.judge import judge
from references.interval import Interval
from reports.record import BROKEN, HELD, UNDECIDED, VACUOUS

NEVER = np.array([False])


def interval(lower: Any, upper: Any) -> Interval:
    """An interval from lists."""
    return Interval(np.array(lower, np.float64), np.array(upper, np.float64))


def words(error: Interval, bound: Interval, vacuous: Any = (False,)) -> list[str]:
    """The verdicts alone."""
    return judge(error, bound, np.array(vacuous))[2].tolist()


def test_a_verdict_needs_intervals_that_are_apart():
    error = interval([1, 2, 3, 0], [2, 4, 4, 0])
    bound = interval([2, 3, 2, 0], [3, 3.5, 2.5, 0])
    assert words(error, bound) == [HELD, UNDECIDED, BROKEN, HELD]


def test_intervals_that_touch_hold_and_do_not_break():
    assert words(interval([1], [1]), interval([1], [1])) == [HELD]
    assert words(interval([1], [2]), interval([0], [1])) == [UNDECIDED]


def test_what_is_unknown_is_undecided():
    assert words(interval([0], [np.inf]), interval([1], [1])) == [UNDECIDED]
    assert words(interval([-np.inf], [np.inf]), interval([1], [1])) == [UNDECIDED]


def test_vacuous_members_are_neither_held_nor_broken():
    error, bound = interval([9, 9], [9, 9]), interval([1, 1], [1, 1])
    assert words(error, bound, [True, False]) == [VACUOUS, BROKEN]


def test_a_bound_that_says_nothing_makes_a_claim_vacuous():
    error = interval([9] * 5, [9] * 5)
    bound = interval([1, -np.inf, 1, 1, np.inf], [1, np.inf, 8, np.inf, np.inf])
    for limit, expected in (
        (np.inf, [BROKEN, VACUOUS, BROKEN, UNDECIDED, VACUOUS]),
        (8.0, [BROKEN, VACUOUS, VACUOUS, VACUOUS, VACUOUS]),
    ):
        assert judge(error, bound, NEVER, limit)[2].tolist() == expected


def test_a_bound_that_leaves_the_range_makes_a_claim_vacuous():
    most = float(np.finfo(np.float64).max)
    error, bound = interval([most, 1, most], [np.inf] * 3), interval([most, 1, 1], [np.inf] * 3)
    assert words(error, bound) == [VACUOUS, UNDECIDED, UNDECIDED]
    overflowed = Interval.exact([most]) * 2.0
    assert words(interval([most], [np.inf]), overflowed) == [VACUOUS]


def test_the_worst_entry_speaks_for_its_member():
    error = interval([[1, 5, 1], [1, 1, 1], [1, 1, 1]], [[1, 5, 9], [1, 9, 1], [1, 1, 1]])
    bound = interval([[2, 2, 2]], [[2, 2, 2]])
    worst, allowed, verdicts = judge(error, bound, NEVER)
    assert verdicts.tolist() == [BROKEN, UNDECIDED, HELD]
    assert worst.tolist() == [5, 9, 1]
    assert allowed.tolist() == [2, 2, 2]


def test_among_held_entries_the_largest_share_speaks():
    error, bound = interval([[3, 2]], [[3, 2]]), interval([[30, 4]], [[30, 4]])
    worst, allowed, verdicts = judge(error, bound, NEVER)
    assert (worst[0], allowed[0], verdicts[0]) == (2, 4, HELD)


def test_shares_far_from_one_are_told_apart():
    for small, large in ((1e-300, 1e-299), (1e17, 1e300)):
        error, bound = interval([[small, large]], [[small, large]]), interval([[1]], [[1]])
        assert judge(error, bound, NEVER)[0].tolist() == [large]


def test_an_entry_of_bound_zero_breaks_alone():
    error, bound = interval([[0, 1e-300]], [[0, 1e-300]]), interval([[0, 0]], [[0, 0]])
    assert words(error, bound) == [BROKEN]


def test_a_member_is_vacuous_only_if_all_its_entries_are():
    error, bound = interval([[9, 1]], [[9, 1]]), interval([[2, 2]], [[2, 2]])
    assert words(error, bound, [[True, False]]) == [HELD]
    assert words(error, bound, [[True, True]]) == [VACUOUS]


def test_nothing_to_measure_is_vacuous():
    assert words(interval(np.zeros((2, 0)), np.zeros((2, 0))), interval([1], [1])) == [VACUOUS] * 2
