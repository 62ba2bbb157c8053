"""A line of a spool: one Stack, Answers or Records as JSON, sealed with a checksum.

    {"crc":"89abcdef","kind":"records","stack":"…","cell":[…],"error":[…],…}

The checksum is the CRC-32 of the same object without its first entry, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any
from zlib import crc32

import numpy as np

from reports.plain import RunError, column, dump, expect, frozen, numbers, parse, take, words
from reports.record import OUTCOMES, VERDICTS, Answers, Cell, Records, Stack

Item = Stack | Answers | Records
SEAL = re.compile(r'\{"crc":"([0-9a-f]{8})",')
VERDICT_LETTERS = {verdict[0]: verdict for verdict in VERDICTS}
OUTCOME_LETTERS = {outcome[0]: outcome for outcome in OUTCOMES}


class Corrupt(Exception):
    """A line that is not what was written."""


def encode(item: Item) -> str:
    """The line of an item, without its end."""
    if isinstance(item, Stack):
        data = {"kind": "stack", **{name: getattr(item, name) for name in _STACK}}
    elif isinstance(item, Answers):
        data = {"kind": "answers", **{name: getattr(item, name) for name in _ANSWERS}}
        data["outcomes"] = _letters([OUTCOMES[code] for code in item.outcomes], OUTCOMES)
        data["messages"] = {str(member): text for member, text in item.messages.items()}
    else:
        data = {
            "kind": "records",
            "stack": item.stack,
            "cell": list(item.cell),
            "error": np.asarray(item.error, dtype=np.float64),
            "bound": np.asarray(item.bound, dtype=np.float64),
            "verdict": _letters([VERDICTS[code] for code in item.verdict], VERDICTS),
        }
    body = dump(data)
    return f'{{"crc":"{crc32(body.encode()):08x}",{body[1:]}'


_STACK = (
    "routine", "block", "digest", "digests", "recipe", "sizes", "arguments", "traits", "quantities",
)  # fmt: skip
_ANSWERS = ("stack", "routine", "dtype", "mode", "backend")


def _letters(entries: Sequence[str], vocabulary: Sequence[str]) -> str:
    unknown = set(entries) - set(vocabulary)
    if unknown:
        raise ValueError(f"{sorted(unknown)} not among {vocabulary}")
    return "".join(entry[0] for entry in entries)


def decode(line: str, where: str) -> Item:
    """The item of a line. Corrupt: the bytes changed; RunError: they never were an item."""
    seal = SEAL.match(line)
    body = "{" + line[seal.end() :] if seal else ""
    if not seal or f"{crc32(body.encode()):08x}" != seal[1]:
        raise Corrupt(where)
    data = parse(body, where)
    kind = take(data, "kind", str, where)
    if kind not in _DECODERS:
        raise RunError(f"{where}: unknown kind {kind!r}")
    return _DECODERS[kind](data, where)


def _stack(data: Any, where: str) -> Stack:
    digests = words(take(data, "digests", list, where), where)
    traits = {k: column(v, where) for k, v in take(data, "traits", dict, where).items()}
    quantities = {k: numbers(v, where) for k, v in take(data, "quantities", dict, where).items()}
    _same_length([digests, *traits.values(), *quantities.values()], where)
    sizes = take(data, "sizes", dict, where)
    return Stack(
        routine=take(data, "routine", str, where),
        block=take(data, "block", str, where),
        digest=take(data, "digest", str, where),
        keys=np.array([int(digest, 16) for digest in digests], dtype=np.uint64),
        recipe=frozen(take(data, "recipe", list, where)),
        sizes={name: expect(size, int, where) for name, size in sizes.items()},
        arguments=frozen(take(data, "arguments", dict, where)),
        traits=traits,
        quantities=quantities,
    )


def _answers(data: Any, where: str) -> Answers:
    outcomes = _words(take(data, "outcomes", str, where), OUTCOME_LETTERS, where)
    messages = {}
    for member, text in take(data, "messages", dict, where).items():
        if not (member.isdecimal() and len(member) < 10 and int(member) < len(outcomes)):
            raise RunError(f"{where}: a message for member {member!r}, which there is not")
        messages[int(member)] = expect(text, str, where)
    named = {key: take(data, key, str, where) for key in _ANSWERS}
    return Answers(
        **named,
        outcomes=np.array([OUTCOMES.index(word) for word in outcomes], dtype=np.int8),
        messages=messages,
    )


def _records(data: Any, where: str) -> Records:
    cell = words(take(data, "cell", list, where), where)
    if len(cell) != len(Cell._fields):
        raise RunError(f"{where}: a cell is {', '.join(Cell._fields)}")
    verdict = _words(take(data, "verdict", str, where), VERDICT_LETTERS, where)
    error = numbers(take(data, "error", list, where), where)
    bound = numbers(take(data, "bound", list, where), where)
    _same_length([verdict, error, bound], where)
    return Records(
        take(data, "stack", str, where),
        Cell(*cell),
        error,
        bound,
        np.array([VERDICTS.index(word) for word in verdict], dtype=np.int8),
    )


_DECODERS: dict[str, Callable[[Any, str], Item]] = {
    "stack": _stack,
    "answers": _answers,
    "records": _records,
}


def _words(letters: str, names: dict[str, str], where: str) -> tuple[str, ...]:
    unknown = set(letters) - set(names)
    if unknown:
        raise RunError(f"{where}: letters {sorted(unknown)} not among {sorted(names)}")
    return tuple(names[letter] for letter in letters)


def _same_length(columns: Sequence[Sequence[Any] | np.ndarray], where: str) -> None:
    if len({len(entries) for entries in columns}) > 1:
        raise RunError(f"{where}: columns of different lengths")
