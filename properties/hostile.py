"""Stacks that a routine must be honest about: NaN, infinities, zeros, the ends of the range.

Made from any problem, whatever it is of. No truth is needed: what is asked is that nothing
crashes or hangs, that a member gets in its stack what it gets alone, and that NaN in an entry that
matters is not answered by numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from properties.dtypes import Dtype
from properties.routine import Problem

Change = Callable[[NDArray[Any], Dtype], NDArray[Any]]


def _at(value: float) -> Change:
    """The first entry of a member, which every triangle and every row of a matrix reads."""

    def change(member: NDArray[Any], _: Dtype) -> NDArray[Any]:
        flat = member.reshape(-1).copy()
        flat[:1] = value
        return flat.reshape(member.shape)

    return change


def _first_row_zero(member: NDArray[Any], _: Dtype) -> NDArray[Any]:
    changed = member.copy()
    changed[:1] = 0
    return changed


def _of_size(exponent: Callable[[Dtype], int]) -> Change:
    """The signs of a member, all of one size."""

    def change(member: NDArray[Any], dtype: Dtype) -> NDArray[Any]:
        size = 2.0 ** exponent(dtype)
        return np.where(member.real < 0, -size, size).astype(member.dtype)

    return change


HOSTILE: dict[str, Change] = {
    "NaN": _at(np.nan),
    "infinity": _at(np.inf),
    "minus infinity": _at(-np.inf),
    "nothing but NaN": lambda member, _: np.full_like(member, np.nan),
    "nothing but infinity": lambda member, _: np.full_like(member, np.inf),
    "zeros": lambda member, _: member * 0,
    "minus zeros": lambda member, _: member * 0 * -1.0,
    "a row of zeros": _first_row_zero,
    "smallest subnormal": _of_size(lambda dtype: dtype.min_exponent - dtype.bits + 1),
    "smallest normal": _of_size(lambda dtype: dtype.min_exponent),
    "largest": lambda member, dtype: np.where(member.real < 0, -dtype.max, dtype.max).astype(
        member.dtype
    ),
}


def hostile(problem: Problem, dtype: Dtype) -> tuple[Problem, tuple[str, ...]]:
    """A stack of every kind, each made from the first input of one member, and a sound one last."""
    members = np.arange(len(HOSTILE) + 1) % len(problem)
    chosen = problem.select(members)
    first, *rest = (array.copy() for array in chosen.inputs)
    for place, change in enumerate(HOSTILE.values()):
        member = np.atleast_1d(first[place])  # of one number, perhaps
        first[place] = change(member, dtype).reshape(first[place].shape)
    return replace(chosen, inputs=(first, *rest)), (*HOSTILE, "sound")


def nudged(problem: Problem) -> Problem:
    """The first entry of each member twice as large: whether it matters shows in the answer."""
    first, *rest = problem.inputs
    flat = first.reshape(len(first), -1).copy()
    flat[:, :1] = np.where(flat[:, :1] == 0, 1.0, flat[:, :1] * 2)
    return replace(problem, inputs=(flat.reshape(first.shape), *rest))
