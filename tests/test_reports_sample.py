"""The sample of a cell: the smallest keys, whatever the order in which members came."""

from __future__ import annotations

import itertools

import numpy as np

from reports.record import HELD, Cell, Measured, Records, Stack
from reports.sample import NONE, K, Reservoir, Sample, merged, sample_of

CELL = Cell("linalg.solve", "backward", "float32", "xla", "tensorflow")
ALL = 2**64 - 1


def bits(sample: Sample) -> list[bytes]:
    """Everything in a sample."""
    return [column.tobytes() for column in sample.columns]


def judged(keys: np.ndarray, error: np.ndarray, **given: dict) -> Measured:
    """One stack of solve, each member with its error."""
    count = len(keys)
    told = {
        "sizes": {"n": 8, "k": 9},
        "traits": {"structure": np.array(["dense"] * count), "log2_scale": np.arange(count)},
        "quantities": {"kappa": np.full(count, 1e3)},
    } | given
    stack = Stack("linalg.solve", "b", "0" * 16, keys, (), arguments={}, **told)
    one = np.ones(count)
    return Measured(
        Records("0" * 16, CELL, error, 2 * one, np.full(count, HELD, np.int8)), stack, None
    )


def parts(count: int, each: int) -> list[Sample]:
    """Samples of stacks; every key of the last stack is also in the first."""
    rng = np.random.default_rng(1)
    stacks = [rng.integers(0, ALL, each, np.uint64, endpoint=True) for _ in range(count)]
    stacks[-1] = stacks[0].copy()
    return [sample_of(judged(keys, rng.random(each)), ALL) for keys in stacks]


def test_a_sample_holds_the_smallest_keys() -> None:
    samples = parts(5, 900)
    every = np.unique(np.concatenate([sample.keys for sample in samples]))
    found = merged(samples)
    assert len(found) == K
    assert np.array_equal(found.keys, every[:K])


def test_any_order_and_any_grouping_give_the_same_bits() -> None:
    samples = parts(4, 400)
    whole = bits(merged(samples))
    for order in itertools.permutations(samples):
        assert bits(merged(order)) == whole
        assert bits(merged([merged(order[:2]), merged(order[2:])])) == whole
        one, other = Reservoir(), Reservoir()
        for part in order:
            one.add(part)
        for half in (order[:1], order[1:]):
            another = Reservoir()
            for part in half:
                another.add(part)
            other.merge(another)
        assert bits(one.sample) == bits(other.sample) == whole
        assert one.limit == one.sample.keys[-1]


def test_of_a_member_judged_twice_the_larger_error_stays() -> None:
    keys = np.array([5, 3], np.uint64)
    one = sample_of(judged(keys, np.array([1.0, 4.0])), ALL)
    two = sample_of(judged(keys, np.array([2.0, np.nan])), ALL)
    found = merged([one, two])
    assert found.keys.tolist() == [3, 5]
    assert found.error.tolist() == [4.0, 2.0]
    assert found.share.tolist() == [2.0, 1.0]


def test_what_a_routine_does_not_have_is_nan_or_empty() -> None:
    keys = np.array([7, 8, 9], np.uint64)
    full = sample_of(judged(keys, np.zeros(3)), 8)
    assert (full.keys.tolist(), full.size.tolist()) == ([7, 8], [8, 8])
    assert full.condition.tolist() == [1e3, 1e3] and full.structure.tolist() == ["dense"] * 2
    bare = sample_of(judged(keys, np.zeros(3), sizes={"m": 4}, traits={}, quantities={}), 7)
    assert np.isnan(bare.condition).all() and np.isnan(bare.log2_scale).all()
    assert (bare.size.tolist(), bare.structure.tolist()) == ([4], [""])
    assert bits(merged([])) == bits(NONE)
