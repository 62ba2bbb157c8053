"""The power of the claims: what each fault was caught by, as reports/power.json holds it.

`properties.power` measures it. docs/power.md is written from the same file.
"""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from reports.figures import number_text

HERE = Path(__file__).parent
FILE, PAGE = HERE / "power.json", HERE.parent / "docs" / "power.md"
REASONS = HERE / "survivors.toml"
NOTHING, EXCUSED, BELOW = "no fault", "excused", "below"
BOUNDS, DRIFT, LATER, UNSEEN, SURVIVED = "bounds", "drift", "later", "unseen", "survived"
WORDS = (BOUNDS, DRIFT, LATER, BELOW, EXCUSED, NOTHING, UNSEEN, SURVIVED)
WHOLE = "eager"  # the mode that all problems are set in
MOST = 2048.0  # eps: no fault as large is below the resolution, whatever the bounds allow
HEAD = """\
# What the claims notice

Every fault on the problems that the default gate sets, in eager mode, and the claim that notices
it. Written by `python -m properties.power` from what it measured into `reports/power.json`.

A fault is caught by *bounds* where it breaks a claim that TensorFlow itself holds on the same
member: the cell names the claim that broke first, its largest share, and after how many judged
answers it broke. It is caught by *drift* where the errors on the stored recipes grow beyond
those of TensorFlow as it is. *No fault* changed no bit of any answer, as a transposed symmetric
matrix does not. *Excused* changed only answers of which no claim says anything: to singular
problems, or beyond the range of the dtype. *Below* changed answers by less than the smallest bias
that the bounds notice. What nothing of this holds for was set the problems of an audit too, as
many of eight members: there it was noticed *later*, or *survived*. Graph and XLA mode are set
some of the problems, with the faults that any routine can have; what is not noticed on those is
*unseen*. Faults in italics are those that any routine can have, the others stand with the
routine."""


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
Limits = dict[tuple[str, str], float]  # eps, by routine and dtype


def load(path: Path = FILE) -> list[Item]:
    """What was measured; nothing where there is no file."""
    if not path.exists():
        return []
    data = json.loads(path.read_text(encoding="utf-8"))
    rows = [_row(*fields) for fields in data["rows"]]
    return [*rows, *(Resolution(*map(_number, fields)) for fields in data["resolution"])]


def _row(*fields: Any) -> Row:
    row = Row(*map(_number, fields))
    claims, later = (
        {name: Caught(*map(_number, parts)) for name, parts in side.items()}
        for side in (row.claims, row.later)
    )
    return row._replace(claims=claims, drift=tuple(row.drift), later=later)


def _number(field: Any) -> Any:
    return math.inf if field == "inf" else field


def save(items: Sequence[Item], path: Path = FILE) -> None:
    """One line an item, in order of their names."""
    rows = sorted(
        (item for item in items if isinstance(item, Row)),
        key=lambda r: (r.routine, r.mode, r.dtype, not r.own),
    )
    found = sorted(item for item in items if isinstance(item, Resolution))
    columns = {"rows": Row._fields, "resolution": Resolution._fields}
    parts = {"rows": map(_line, rows), "resolution": map(_line, found)}
    text = [f'"columns": {json.dumps(columns)}'] + [
        f'"{name}": [\n' + ",\n".join(lines) + "\n]" for name, lines in parts.items()
    ]
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


def page(path: Path = FILE, target: Path = PAGE) -> None:
    """Write docs/power.md from the file."""
    target.write_text(text(load(path)), encoding="utf-8")


def text(items: Sequence[Item]) -> str:
    """The page: a table of all routines, what survived and why, then a table for each."""
    names = sorted({item.routine for item in items})
    sections = ["\n".join(_section(name, items)) for name in names]
    parts = [HEAD, "\n".join(_summary(names, items)), "\n".join(_survivors(items)), *sections]
    return "\n\n".join(parts) + "\n"


def reasons(path: Path = REASONS) -> dict[tuple[str, str], str]:
    """Why a fault survives, by routine and fault."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["survivor"]
    return {(entry["routine"], entry["fault"]): entry["because"] for entry in entries}


def survivors(items: Sequence[Item]) -> dict[tuple[str, str], list[str]]:
    """Where each fault survives, as mode and dtype, by routine and fault."""
    limits, found = resolutions(items), dict[tuple[str, str], list[str]]()
    for item in items:
        if isinstance(item, Row) and verdict(item, limits) == SURVIVED:
            found.setdefault((item.routine, item.fault), []).append(f"{item.mode} {item.dtype}")
    return found


def _survivors(items: Sequence[Item]) -> Iterator[str]:
    because = reasons()
    yield "## What survived, and why\n"
    for (routine, fault), where in survivors(items).items():
        reason = because.get((routine, fault), "not explained")
        yield f"- {routine}, {fault} ({', '.join(where)}): {reason}."


def _summary(names: Sequence[str], items: Sequence[Item]) -> Iterator[str]:
    limits = resolutions(items)
    yield "Faults in all dtypes and modes, by routine.\n"
    yield "| routine | faults | " + " | ".join(WORDS) + " |"
    yield "|---|" + "---:|" * (1 + len(WORDS))
    for name in names:
        rows = [item for item in items if isinstance(item, Row) and item.routine == name]
        found = [verdict(row, limits) for row in rows]
        faults = len({row.fault for row in rows})
        counts = " | ".join(str(found.count(word)) for word in WORDS)
        yield f"| {name} | {faults} | {counts} |"


def _section(name: str, items: Sequence[Item]) -> Iterator[str]:
    rows = [i for i in items if isinstance(i, Row) and i.routine == name and i.mode == WHOLE]
    found = [
        i for i in items if isinstance(i, Resolution) and i.routine == name and i.mode == WHOLE
    ]
    limits = resolutions(items)
    dtypes = sorted({row.dtype for row in rows}, key=_DTYPES.index)
    yield f"## {name}\n"
    yield "| | " + " | ".join(dtypes) + " |"
    yield "|---|" + "---|" * len(dtypes)
    for family in dict.fromkeys(item.family for item in found):
        seen = {i.dtype: i for i in found if i.family == family}
        cells = (
            f"{_eps(seen[d].bounds)}; drift {_eps(seen[d].drift)}" if d in seen else ""
            for d in dtypes
        )
        yield f"| smallest bias noticed, eps {family} | " + " | ".join(cells) + " |"
    for fault in dict.fromkeys(row.fault for row in rows):
        those = {row.dtype: row for row in rows if row.fault == fault}
        label = fault if next(iter(those.values())).own else f"*{fault}*"
        cells = (_cell(those[d], limits) if d in those else "" for d in dtypes)
        yield f"| {label} | " + " | ".join(cells) + " |"


def _cell(row: Row, limits: Limits) -> str:
    word = verdict(row, limits)
    if word in (BOUNDS, LATER):
        claims = row.claims or row.later
        claim = min(claims, key=lambda name: (claims[name].after, name == "honesty"))
        return f"{claim} {number_text(claims[claim].share)}, {claims[claim].after}"
    if word == DRIFT:
        return f"drift of {', '.join(row.drift)}"
    return word if word in (NOTHING, EXCUSED) else f"{word}, {number_text(row.change)} eps"


def _eps(k: float) -> str:
    return "> 1024" if math.isinf(k) else f"{k:g}"


_DTYPES = ("bfloat16", "float16", "float32", "float64", "complex64", "complex128")
