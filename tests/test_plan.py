"""Shards, budgets and turns: which blocks a session sets, and in which order."""

from __future__ import annotations

import pytest

from properties.plan import left, rotated, seconds_from, shard_from


@pytest.mark.parametrize("count", [1, 2, 3, 7, 20])
def test_shards_are_a_partition(count):
    items = list(range(17))
    shards = [shard_from(f"{number}/{count}").of(items) for number in range(1, count + 1)]
    assert sorted(item for shard in shards for item in shard) == items
    assert max(map(len, shards)) - min(map(len, shards)) <= 1


@pytest.mark.parametrize("text", ["", "1", "0/3", "4/3", "1/0", "-1/3", "a/b", "1/3 ", "٣/٤"])
def test_what_is_no_shard(text):
    with pytest.raises(ValueError, match="i/N is due"):
        shard_from(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("45m", 2700), ("2h", 7200), ("1h30m", 5400), ("1.5d", 129600)],
)
def test_times(text, seconds):
    assert seconds_from(text) == seconds


@pytest.mark.parametrize("text", ["", "2", "h", "2 h", "2h!", "-1h", "0s", "1e3s", "infh"])
def test_what_is_no_time(text):
    with pytest.raises(ValueError, match="a time like"):
        seconds_from(text)


def test_turns_are_fair():
    items = ["a0", "a1", "a2", "b0", "c0", "c1"]
    assert rotated(items, [item[0] for item in items]) == ["a0", "b0", "c0", "a1", "c1", "a2"]


def test_what_is_done_is_left_out():
    assert left([1, 2, 3], ["x", "y", "z"], {"y", "other"}) == [1, 3]
