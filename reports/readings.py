"""What a run measured on the stored recipes: `stored/<routine>.json`, one file for each routine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.plain import RunError, dump, frozen, numbers, parse, read_text, take, words, write_text
from reports.record import Cell

FORMAT = 1
FOLDER = "stored"  # below a run
GATED = "tensorflow"
SPECIES = tuple[str, str, str]  # routine, dtype, mode: what shares one set of answers


class StoredStack(NamedTuple):
    """One stored recipe as a run set it: the digests of the stack and of its members."""

    digest: str
    recipe: tuple[Any, ...]
    members: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """One cell on all stored members of its routine: columns of error and bound, in eps.

    NaN for members of which nothing was compared.
    """

    error: NDArray[np.float64]
    bound: NDArray[np.float64]

    @property
    def share(self) -> NDArray[np.float64]:
        """Error / bound; NaN where nothing was compared."""
        with np.errstate(all="ignore"):
            return np.where(self.error == 0, 0.0, self.error / self.bound)


@dataclass(frozen=True)
class Readings:
    """All about one routine. `answers`: a digest of the answers' bits, by dtype and mode."""

    routine: str
    stacks: tuple[StoredStack, ...]
    cells: Mapping[Cell, Reading]
    answers: Mapping[tuple[str, str], str]

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits of all inputs, in order: what a baseline was measured on."""
        return digest_of(member for stack in self.stacks for member in stack.members)

    def member(self, place: int) -> tuple[StoredStack, int]:
        """The stack that a place in the columns belongs to, and its place in that stack."""
        for stack in self.stacks:
            if place < len(stack.members):
                return stack, place
            place -= len(stack.members)
        raise IndexError(place)


def digest_of(members: Any) -> str:
    """One digest of the digests of members."""
    return hashlib.blake2b("".join(members).encode(), digest_size=8).hexdigest()


def path_of(run: Path, routine: str) -> Path:
    """The file of one routine."""
    return run / FOLDER / f"{routine}.json"


def save(run: Path, readings: Readings) -> None:
    """Write the file of one routine. Raises RunError."""
    data = {
        "format": FORMAT,
        "routine": readings.routine,
        "stacks": [stack._asdict() for stack in readings.stacks],
        "cells": [
            {"cell": list(cell), "error": reading.error, "bound": reading.bound}
            for cell, reading in readings.cells.items()
        ],
        "answers": [[*where, bits] for where, bits in readings.answers.items()],
    }
    write_text(path_of(run, readings.routine), dump(data) + "\n")


def load(path: Path) -> Readings:
    """The file of one routine; RunError for anything else."""
    where = str(path)
    data = parse(read_text(path, "file of readings"), where)
    if take(data, "format", int, where) != FORMAT:
        raise RunError(f"{where}: format {data['format']}, but this version reads {FORMAT}")
    stacks = tuple(
        StoredStack(
            take(entry, "digest", str, where),
            frozen(take(entry, "recipe", list, where)),
            words(take(entry, "members", list, where), where),
        )
        for entry in take(data, "stacks", list, where)
    )
    count = sum(len(stack.members) for stack in stacks)
    cells = {}
    for entry in take(data, "cells", list, where):
        cell = words(take(entry, "cell", list, where), where)
        error, bound = (numbers(take(entry, key, list, where), where) for key in ("error", "bound"))
        if len(cell) != len(Cell._fields) or not len(error) == len(bound) == count:
            raise RunError(f"{where}: the columns of {' '.join(cell)} do not fit {count} members")
        cells[Cell(*cell)] = Reading(error, bound)
    answers = [words(entry, where) for entry in take(data, "answers", list, where)]
    if any(len(entry) != 3 for entry in answers):
        raise RunError(f"{where}: answers are dtype, mode and digest")
    return Readings(
        take(data, "routine", str, where),
        stacks,
        cells,
        {(dtype, mode): bits for dtype, mode, bits in answers},
    )


def readings_of(run: Path) -> dict[str, Readings]:
    """The readings of a run by routine; none for a run that set no stored recipes."""
    loaded = (load(path) for path in sorted((run / FOLDER).glob("*.json")))
    return {readings.routine: readings for readings in loaded}
