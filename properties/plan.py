"""Which blocks of a run this session sets, and in which order: a shard, what is left, in turns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple, TypeVar

Item = TypeVar("Item")
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class Shard(NamedTuple):
    """One part of `parts` that a run is divided into, from 1 on."""

    number: int
    parts: int

    def __str__(self) -> str:
        return f"{self.number}/{self.parts}"

    def of(self, items: Sequence[Item]) -> list[Item]:
        """One item in `parts`: neighbours, which cost alike, go to different shards."""
        return list(items[self.number - 1 :: self.parts])


def shard_from(text: str) -> Shard:
    """A shard from text like 2/8; ValueError for anything else."""
    found = re.fullmatch(r"(\d+)/(\d+)", text, re.ASCII)
    number, parts = map(int, found.groups()) if found else (0, 0)
    if not 1 <= number <= parts:
        raise ValueError("i/N is due, i from 1 to N")
    return Shard(number, parts)


def seconds_from(text: str) -> float:
    """Seconds from 90s, 45m, 2h, 1.5d or 1h30m; ValueError for anything else."""
    parts = re.findall(r"(\d+(?:\.\d+)?)([smhd])", text, re.ASCII)
    total = sum(float(number) * UNITS[unit] for number, unit in parts)
    if "".join(number + unit for number, unit in parts) != text or total <= 0:
        raise ValueError("a time like 90s, 45m, 2h or 1h30m is due")
    return total


def rotated(items: Sequence[Item], names: Sequence[str]) -> list[Item]:
    """In turns: the first of each name, then the second of each, in the order they came."""
    seen: Counter[str] = Counter()
    turns = []
    for place, name in enumerate(names):
        turns.append((seen[name], place))
        seen[name] += 1
    return [items[place] for _, place in sorted(turns)]


def left(items: Sequence[Item], names: Sequence[str], done: Collection[str]) -> list[Item]:
    """The items whose names are not among those that are done."""
    return [item for item, name in zip(items, names, strict=True) if name not in done]
