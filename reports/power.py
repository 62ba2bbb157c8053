"""The power of the claims: what each fault was caught by, as reports/power.json holds it.

`properties.power` measures it. reports/power_page.py writes docs/power.md from the same file.
"""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from reports.plain import RunError, expect, named_words, number, parse, read_text, take, words

HERE = Path(__file__).parent
FILE = HERE / "power.json"
REASONS = HERE / "survivors.toml"
NOTHING, EXCUSED, BELOW = "no fault", "excused", "below"
BOUNDS, DRIFT, LATER, UNSEEN, SURVIVED = "bounds", "drift", "later", "unseen", "survived"
WORDS = (BOUNDS, DRIFT, LATER, BELOW, EXCUSED, NOTHING, UNSEEN, SURVIVED)
WHOLE = "eager"  # the mode that all problems are set in
MOST = 2048.0  # eps: no fault as large is below the resolution, whatever the bounds allow


class Caught(NamedTuple):
    """One claim against one fault: the largest share, the first break, how many members broke."""

    share: float
    after: int
    members: int


class Row(NamedTuple):
    """One fault in one dtype and mode.

    `answers` judged; `changed`, and of those `members` of which a claim says something; their
    largest `change` in eps of the largest entry; `claims` broken by bounds, `drift` the claims
    that regressed on the stored recipes, `later` those broken on the problems of an audit.
    """

    routine: str
    mode: str
    dtype: str
    fault: str
    own: bool  # stands with the routine; the others any routine can have
    answers: int
    changed: int
    members: int
    change: float
    claims: Mapping[str, Caught]
    drift: tuple[str, ...]
    later: Mapping[str, Caught]


class Resolution(NamedTuple):
    """The smallest bias in eps from which on all are caught, by bounds and by drift."""

    routine: str
    mode: str
    dtype: str
    family: str
    bounds: float
    drift: float


Item = Row | Resolution


class Measured(NamedTuple):
    """What the file holds. `of`: the identity of what was set, by routine and mode in words.

    `numbers`: the routines that are functions of numbers, which share a table.
    """

    items: tuple[Item, ...] = ()
    of: Mapping[str, str] = {}
    numbers: tuple[str, ...] = ()


Limits = dict[tuple[str, str], float]  # eps, by routine and dtype


def load(path: Path = FILE) -> Measured:
    """What was measured; nothing where there is no file. RunError for anything else."""
    if not path.exists():
        return Measured()
    where = str(path)
    data = parse(read_text(path, "file of power"), where)
    rows = [_row(fields, where) for fields in take(data, "rows", list, where)]
    biases = [
        Resolution(*_fields(fields, (*4 * (str,), *2 * (float,)), where))
        for fields in take(data, "resolution", list, where)
    ]
    numbers = words(data.get("numbers", []), where)
    return Measured((*rows, *biases), named_words(data.get("of", {}), where), numbers)


def _row(fields: Any, where: str) -> Row:
    kinds = (*4 * (str,), bool, *3 * (int,), float, dict, list, dict)
    row = Row(*_fields(fields, kinds, where))
    claims, later = (
        {name: Caught(*_fields(parts, (float, int, int), where)) for name, parts in side.items()}
        for side in (row.claims, row.later)
    )
    return row._replace(claims=claims, drift=words(list(row.drift), where), later=later)


def _fields(fields: Any, kinds: Sequence[type], where: str) -> list[Any]:
    """As many fields, each of its kind; infinity is written in letters."""
    if len(expect(fields, list, where)) != len(kinds):
        raise RunError(f"{where}: {len(fields)} fields where {len(kinds)} are due")
    return [_field(field, kind, where) for field, kind in zip(fields, kinds, strict=True)]


def _field(field: Any, kind: type, where: str) -> Any:
    if kind is not float:
        return expect(field, kind, where)
    number(math.inf if field == "inf" else field, where)
    return math.inf if field == "inf" else field


def save(measured: Measured, path: Path = FILE) -> None:
    """One line an item, in order of their names."""
    items = measured.items
    rows = sorted(
        (item for item in items if isinstance(item, Row)),
        key=lambda r: (r.routine, r.mode, r.dtype, not r.own),
    )
    found = sorted(item for item in items if isinstance(item, Resolution))
    columns = {"rows": Row._fields, "resolution": Resolution._fields}
    parts = {"rows": map(_line, rows), "resolution": map(_line, found)}
    text = [
        f'"columns": {json.dumps(columns)}',
        f'"numbers": {json.dumps(measured.numbers)}',
        f'"of": {json.dumps(measured.of, indent=0, sort_keys=True)}',
    ] + [f'"{name}": [\n' + ",\n".join(lines) + "\n]" for name, lines in parts.items()]
    path.write_text("{" + ",\n".join(text) + "}\n", encoding="utf-8")


def _line(item: Item) -> str:
    return json.dumps(_plain(item))


def _plain(value: Any) -> Any:
    """Three digits of each number; JSON knows no infinity."""
    if isinstance(value, float):
        return "inf" if math.isinf(value) else float(f"{value:.3g}")
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return value


def verdict(row: Row, limits: Limits) -> str:
    """What came of a fault where the bounds notice a bias as large as the limit."""
    if row.claims:
        return BOUNDS
    if row.drift:
        return DRIFT
    if row.later:
        return LATER
    if not row.members:
        return EXCUSED if row.changed else NOTHING
    if row.change < limits.get((row.routine, row.dtype), MOST):
        return BELOW
    return SURVIVED if row.mode == WHOLE else UNSEEN


def resolutions(items: Sequence[Item]) -> Limits:
    """The smallest bias that bounds notice, whether it is of each entry or of the largest."""
    found: Limits = {}
    for item in items:
        if isinstance(item, Resolution):
            key = item.routine, item.dtype
            found[key] = min(MOST, max(found.get(key, 0), item.bounds))
    return found


def reasons(path: Path = REASONS) -> dict[tuple[str, str], str]:
    """Why a fault survives, by routine and fault."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["survivor"]
    return {
        (routine, entry["fault"]): entry["because"]
        for entry in entries
        for routine in entry.get("routines", [entry.get("routine")])
    }


def survivors(items: Sequence[Item]) -> dict[tuple[str, str], list[str]]:
    """Where each fault survives, as mode and dtype, by routine and fault."""
    limits, found = resolutions(items), dict[tuple[str, str], list[str]]()
    for item in items:
        if isinstance(item, Row) and verdict(item, limits) == SURVIVED:
            found.setdefault((item.routine, item.fault), []).append(f"{item.mode} {item.dtype}")
    return found
