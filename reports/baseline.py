"""Baselines: what was accepted on a platform, and the stored recipes that it was measured on.

    baselines/recipes.json           each routine's stacks, with the digest of their bytes
    baselines/linux-x86_64.json      what is accepted there: a cell a line, keys sorted

A run is compared with the first file that exists along platform, family, generic. Only that of its
own platform can say that a build got worse: processors differ too, in the instructions that
TensorFlow starts its reciprocals from, say. Another that stands in tells what differs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from reports.accepted import Accepted, Figures, places_of
from reports.plain import RunError, dump, expect, frozen, number, parse, read_text, take, write_text
from reports.readings import GATED
from reports.record import Cell
from reports.run import Header

FORMAT = 1
HERE = Path(__file__).parent / "baselines"
RECIPES = "recipes.json"
GENERIC = "generic"
FEATURES = (("avx512f", "avx512"), ("avx2", "avx2"))  # what XLA and oneDNN choose kernels by
VENDORS = ("amd", "intel")  # rsqrtps and rcpps have the digits that each sees fit


class StoredRecipe(NamedTuple):
    """What a stack is made from, and the digest of its bytes."""

    digest: str
    recipe: tuple[Any, ...]


@dataclass(frozen=True)
class Baseline:
    """What is accepted on one platform.

    `problems`: by routine the digest of all inputs. `versions`: by routine the TensorFlow that
    was accepted. `answers`: digests of the answers' bits by routine, dtype and mode. `loosened`:
    what was accepted although it got worse, and why, as plain data. `stands_in`: for a platform
    that has none of its own.
    """

    name: str
    problems: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[Cell, Accepted] = field(default_factory=dict)
    answers: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    loosened: tuple[Mapping[str, Any], ...] = ()
    stands_in: bool = False


def platforms(system: str, cpu: Sequence[str], device: str) -> tuple[str, ...]:
    """The names to look for, nearest first: platform, family, generic.

    `system` and `cpu` as a header has them: "Linux-6.1-...", the machine and its features. A
    GPU's kernels are its own: its family is all GPUs, and no CPU stands in for one.
    """
    family = _safe(f"{system.split('-', maxsplit=1)[0].lower()}-{cpu[0] if cpu else 'unknown'}")
    kind = _safe(device.split(":", maxsplit=1)[0].lower())
    if kind != "cpu":
        return f"{family}-{kind}", kind
    special = next((f"{family}-{word}" for flag, word in FEATURES if flag in cpu), family)
    own = "-".join([special, *(vendor for vendor in VENDORS if vendor in cpu)])
    return tuple(dict.fromkeys((own, special, family, GENERIC)))


def _safe(name: str) -> str:
    """A part of the name of a file, whatever a header says."""
    return re.sub(r"[^a-z0-9_-]+", "_", name, flags=re.IGNORECASE | re.ASCII)[:40]


def platforms_of(header: Header) -> tuple[str, ...]:
    """The same for a run."""
    return platforms(header.versions.get("system", "unknown"), header.cpu, header.device)


def chosen(folder: Path, names: Iterable[str]) -> Baseline | None:
    """The baseline of the first name that has one; RunError if it cannot be read."""
    paths = [folder / f"{name}.json" for name in names]
    path = next((path for path in paths if path.is_file()), None)
    return replace(load(path), stands_in=path != paths[0]) if path else None


def load(path: Path) -> Baseline:
    """The baseline in a file; RunError says what is wrong and what to do."""
    try:
        return _baseline(path)
    except RunError as error:
        raise RunError(f"{error}: restore the file, or delete it and accept a run again") from None


def _baseline(path: Path) -> Baseline:
    where = str(path)
    data = _checked(path, "baseline")
    routines = take(data, "routines", dict, where)
    cells: dict[Cell, Accepted] = {}
    for name, entry in take(data, "cells", dict, where).items():
        held = _accepted(expect(entry, list, f"{where}: {name}"), f"{where}: {name}")
        routine, claim, dtype, modes = _split(name, 4, where)
        cells |= {Cell(routine, claim, dtype, mode, GATED): held for mode in modes.split(",")}
    answers = {}
    for name, bits in take(data, "answers", dict, where).items():
        routine, dtype, mode = _split(name, 3, where)
        answers[routine, dtype, mode] = expect(bits, str, where)
    return Baseline(
        name=path.stem,
        problems={name: take(of, "problems", str, where) for name, of in routines.items()},
        versions={name: take(of, "tensorflow", str, where) for name, of in routines.items()},
        cells=cells,
        answers=answers,
        loosened=tuple(expect(entry, dict, where) for entry in take(data, "loosened", list, where)),
    )


def _checked(path: Path, what: str) -> dict[str, Any]:
    data = parse(read_text(path, what), str(path))
    if take(data, "format", int, str(path)) != FORMAT:
        raise RunError(f"{path}: format {data['format']}, but this version reads {FORMAT}")
    return dict(data)


def _accepted(entry: list[Any], where: str) -> Accepted:
    if len(entry) != 5:
        raise RunError(f"{where}: count, median, 99 %, worst and letters are due")
    count, *shares, letters = entry
    try:
        places_of(expect(letters, str, where))
    except ValueError:
        raise RunError(f"{where}: a character that is no letter of an error") from None
    median, high, worst = (number(share, where) for share in shares)
    return Accepted(Figures(expect(count, int, where), median, high, worst), letters)


def _split(name: str, count: int, where: str) -> list[str]:
    """Routine, claim (which may have spaces), dtype, modes; or the same without a claim."""
    routine, _, rest = name.partition(" ")
    parts = [routine, *rest.rsplit(" ", count - 2)]
    if len(parts) != count:
        raise RunError(f"{where}: {name!r} is no name of a cell")
    return parts


def save(path: Path, baseline: Baseline) -> None:
    """Write a baseline: sorted, one entry a line, nothing in it that changes by itself.

    Modes in which a claim fares alike to the last letter, as eager and graph mostly do, share a
    line.
    """
    routines = {
        name: {"problems": baseline.problems[name], "tensorflow": baseline.versions[name]}
        for name in baseline.problems
    }
    modes: dict[tuple[str, str, str, Accepted], list[str]] = {}
    for cell, held in sorted(baseline.cells.items()):
        modes.setdefault((*cell[:3], held), []).append(cell.mode)
    cells = {
        " ".join((*names, ",".join(alike))): [*held.figures, held.letters]
        for (*names, held), alike in modes.items()
    }
    answers = {" ".join(where): bits for where, bits in baseline.answers.items()}
    sections = [
        ("format", str(FORMAT)),
        ("routines", _object(routines)),
        ("cells", _object(cells)),
        ("answers", _object(answers)),
        ("loosened", _array([dump(entry) for entry in baseline.loosened])),
    ]
    write_text(path, _sections(sections))


def load_recipes(folder: Path) -> dict[str, tuple[StoredRecipe, ...]]:
    """The stored recipes of each routine; none where there is no file yet. Raises RunError."""
    path = folder / RECIPES
    if not path.is_file():
        return {}
    where = str(path)
    stored = {}
    for routine, entries in take(_checked(path, "list of recipes"), "recipes", dict, where).items():
        pairs = [frozen(expect(entry, list, where)) for entry in expect(entries, list, where)]
        if any(len(p) != 2 or not isinstance(p[1], tuple) for p in pairs):
            raise RunError(f"{where}: {routine}: digest and recipe are due")
        stored[routine] = tuple(StoredRecipe(expect(d, str, where), r) for d, r in pairs)
    return stored


def save_recipes(folder: Path, recipes: Mapping[str, Sequence[StoredRecipe]]) -> None:
    """Write the stored recipes, one a line."""
    routines = [
        f'"{name}": {_array([dump(list(stored)) for stored in recipes[name]], "  ")}'
        for name in sorted(recipes)
    ]
    inner = "{\n" + ",\n".join(routines) + "\n}"
    write_text(folder / RECIPES, _sections([("format", str(FORMAT)), ("recipes", inner)]))


def _sections(sections: Iterable[tuple[str, str]]) -> str:
    return "{\n" + ",\n".join(f'"{name}": {text}' for name, text in sections) + "\n}\n"


def _object(entries: Mapping[str, Any]) -> str:
    lines = [f" {json.dumps(name)}: {dump(entries[name])}" for name in sorted(entries)]
    return "{\n" + ",\n".join(lines) + "\n}" if lines else "{}"


def _array(lines: Sequence[str], indent: str = " ") -> str:
    return "[\n" + ",\n".join(indent + line for line in lines) + "\n]" if lines else "[]"
