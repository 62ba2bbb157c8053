"""What can be wrong with any routine: PLANTS of all kinds, and BIASED answers, off by k eps.

`properties/planted.py` says what they are made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from properties.dtypes import BFLOAT16, COMPLEX64, FLOAT32, Dtype
from properties.modes import Outcomes
from properties.planted import Call, Plant, changed, rows_of
from references.members import finite_members
from reports.record import ANSWER, NOT_OFFERED, RAISED

COARSER = {"float64": FLOAT32, "float32": BFLOAT16, "float16": BFLOAT16, "complex128": COMPLEX64}
PART = 2.0**-5  # of the largest entry: what a wrong entry is off by, for every dtype to see
BIASES = tuple(2**i for i in range(11))  # eps
ENTRYWISE, NORMWISE = "of each entry", "of the largest entry"


def _answered(change: Callable[[NDArray[Any], Call], NDArray[Any]]) -> Callable[[Call], Outcomes]:
    """A fault of the answer: each of its arrays changed."""

    def wrong(call: Call) -> Outcomes:
        with np.errstate(all="ignore"):
            arrays = tuple(change(array, call) for array in call.outcomes.arrays)
        return replace(call.outcomes, arrays=arrays)

    return wrong


def _given(change: Callable[[NDArray[Any], Call], NDArray[Any]]) -> Callable[[Call], Outcomes]:
    """A fault of the input: each array of it changed before the call is made."""

    def wrong(call: Call) -> Outcomes:
        with np.errstate(all="ignore"):
            inputs = tuple(call.dtype.round(change(array, call)) for array in call.problem.inputs)
        if all(map(_same, inputs, call.problem.inputs)):
            return call.outcomes
        return call.ask(replace(call.problem, inputs=inputs), call.dtype)

    return wrong


def _same(x: NDArray[Any], y: NDArray[Any]) -> bool:
    return np.array_equal(x, y, equal_nan=True)


def _largest(array: NDArray[Any]) -> NDArray[np.float64]:
    """The largest absolute value of each member, aligned with the array."""
    most = np.abs(rows_of(array)).max(axis=1, initial=0.0)
    return most.reshape(-1, *(1,) * (array.ndim - 1))


def _signs(array: NDArray[Any]) -> NDArray[np.float64]:
    """1 and -1 in turn over the entries of a member."""
    shape = array.shape[1:]
    return np.where(np.arange(int(np.prod(shape))) % 2, -1.0, 1.0).reshape(shape)


def _bias(k: int, family: str) -> Plant:
    """Every entry off by k eps, of itself or of the largest; a zero stays, signs in turn."""

    def change(array: NDArray[Any], call: Call) -> NDArray[Any]:
        size = array if family == ENTRYWISE else np.where(array == 0, 0.0, _largest(array))
        return array + size * _signs(array) * (k * call.dtype.eps)

    return Plant(f"{k} eps {family}", _answered(change), k, family)


def _half(array: NDArray[Any], call: Call) -> NDArray[Any]:
    """The leading half of the digits of each number, whatever its exponent."""
    if np.iscomplexobj(array):
        return _half(array.real, call) + 1j * _half(array.imag, call)
    digits = call.dtype.bits // 2
    fraction, exponent = np.frexp(array)
    return np.ldexp(np.rint(np.ldexp(fraction, digits)), exponent - digits)


def _coarser(call: Call) -> Outcomes:
    """The call in the next coarser dtype; where that is not offered, input that was once in it."""
    lower = COARSER.get(call.dtype.name)
    if lower is None:
        return call.outcomes
    if lower.name in call.routine.dtypes:
        wrong = call.ask(call.problem, lower)
        if not (wrong.words == NOT_OFFERED).all():
            return wrong
    return _given(lambda array, _: lower.round(array))(call)


def _entry(array: NDArray[Any], _: Call) -> NDArray[Any]:
    """One entry of each member, each time another, off by a part of the largest."""
    rows = rows_of(array).copy()
    if not rows.shape[1]:
        return array
    members = np.arange(len(rows))
    size = np.abs(rows).max(axis=1)
    rows[members, members * 7 % rows.shape[1]] += np.where(size > 0, size, 1.0) * PART
    return rows.reshape(array.shape)


def _previous(array: NDArray[Any], _: Call) -> NDArray[Any]:
    """The last member with the answer of the one before."""
    return np.concatenate([array[:-1], array[-2:-1]]) if len(array) > 1 else array


def _lost(array: NDArray[Any], _: Call) -> NDArray[Any]:
    return np.concatenate([array[:-1], np.zeros_like(array[-1:])])


def _negated(call: Call) -> Outcomes:
    """The first array of the answer negated: of factors, both negated may be right again."""
    first, *rest = call.outcomes.arrays
    return replace(call.outcomes, arrays=(-first, *rest))


def _squares(change: Callable[[NDArray[Any]], NDArray[Any]]) -> Callable[[Call], Outcomes]:
    """A change of square matrices; whatever else an answer holds stays."""

    def only(array: NDArray[Any], _: Call) -> NDArray[Any]:
        square = array.ndim > 2 and array.shape[-1] == array.shape[-2]
        return change(array) if square else array

    return _answered(only)


def _mirrored(array: NDArray[Any]) -> NDArray[Any]:
    """The lower triangle, and its mirror image above."""
    return np.tril(array) + np.swapaxes(np.tril(array, -1), -1, -2)


def _backwards(array: NDArray[Any], _: Call) -> NDArray[Any]:
    return array[..., ::-1] if array.ndim > 1 else array


def _small(array: NDArray[Any], call: Call) -> NDArray[Any]:
    """Without what is smaller than the largest entry by half of the digits."""
    return np.where(np.abs(array) < _largest(array) * 2.0 ** -(call.dtype.bits // 2), 0, array)


def _from(exponent: Callable[[Dtype], int]) -> Callable[[NDArray[Any], Call], NDArray[Any]]:
    """Doubled where an entry of the input is beyond a power of two, or below where it is small."""

    def change(array: NDArray[Any], call: Call) -> NDArray[Any]:
        power = exponent(call.dtype)
        hit = np.zeros(len(array), dtype=bool)
        for part in call.problem.inputs:
            size = np.abs(part).reshape(len(part), -1).max(axis=1, initial=0.0)
            hit |= size >= 2.0**power if power > 0 else (size > 0) & (size <= 2.0**power)
        return np.where(hit.reshape(-1, *(1,) * (array.ndim - 1)), array + array, array)

    return change


def _numbers(call: Call) -> Outcomes:
    """Zero for whatever is not a finite number, before the call and after it."""
    wrong = call.outcomes
    if not finite_members(*call.problem.inputs).all():
        finite = tuple(np.where(np.isfinite(a), a, 0) for a in call.problem.inputs)
        wrong = call.ask(replace(call.problem, inputs=finite), call.dtype)
    arrays = tuple(np.where(np.isfinite(array), array, 0) for array in wrong.arrays)
    return replace(wrong, arrays=arrays)


def _ignored(call: Call) -> Outcomes:
    """The first argument that can be left out and is missed, left out."""
    arguments: Mapping[str, Any] = call.problem.arguments
    for name in sorted(arguments):
        rest = {key: value for key, value in arguments.items() if key != name}
        wrong = call.ask(replace(call.problem, arguments=rest), call.dtype)
        needed = (wrong.words == RAISED).all() and "TypeError" in wrong.messages.get(0, "")
        if not needed and changed(call.outcomes, wrong).any():
            return wrong
    return call.outcomes


def _refused(call: Call) -> Outcomes:
    """The last member raised for, where it was answered."""
    words = call.outcomes.words.copy()
    words[-1] = RAISED if words[-1] == ANSWER else words[-1]
    return replace(call.outcomes, words=words)


def _second(call: Call) -> Outcomes:
    """An entry off at every second call, as of a routine that keeps something from the first."""
    return _answered(_entry)(call) if call.before % 2 else call.outcomes


PLANTS = (
    Plant("stack reversed", _answered(lambda x, _: x[::-1])),
    Plant("the answer of the member before", _answered(_previous)),
    Plant("last member lost", _answered(_lost)),
    Plant("last member refused", _refused),
    Plant("not a number", _answered(lambda x, _: x * np.nan)),
    Plant("zero for what is no number", _numbers),
    Plant("nothing but zeros", _answered(lambda x, _: x * 0)),
    Plant("doubled", _answered(lambda x, _: x + x)),
    Plant("first array negated", _negated),
    Plant("one entry off", _answered(_entry)),
    Plant("entries in reverse order", _answered(_backwards)),
    Plant("squares transposed", _squares(lambda x: np.swapaxes(x, -1, -2))),
    Plant("lower triangles alone", _squares(np.tril)),
    Plant("lower triangles mirrored", _squares(_mirrored)),
    Plant("half the digits of answers", _answered(_half)),
    Plant("half the digits of inputs", _given(_half)),
    Plant("a coarser dtype inside", _coarser),
    Plant("small entries of answers lost", _answered(_small)),
    Plant("small entries of inputs lost", _given(_small)),
    Plant("wrong from 2^6 on", _answered(_from(lambda _: 6))),
    Plant("wrong from the fourth root of the largest on",
          _answered(_from(lambda dtype: dtype.max_exponent // 4))),
    Plant("wrong from the fourth root of the smallest down",
          _answered(_from(lambda dtype: dtype.min_exponent // 4))),
    Plant("an argument ignored", _ignored),
    Plant("another answer at the second call", _second),
)  # fmt: skip
BIASED = tuple(_bias(k, family) for family in (ENTRYWISE, NORMWISE) for k in BIASES)
