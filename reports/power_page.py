"""docs/power.md and a page for each routine, written from what reports/power.json tells."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from reports.figures import number_text
from reports.power import (
    BELOW,
    BOUNDS,
    DRIFT,
    EXCUSED,
    FILE,
    HERE,
    LATER,
    NOTHING,
    SURVIVED,
    UNSEEN,
    WHOLE,
    WORDS,
    Item,
    Limits,
    Measured,
    Resolution,
    Row,
    load,
    reasons,
    resolutions,
    survivors,
    verdict,
)

DOCS = HERE.parent / "docs"
FOLDER = "power"
HEAD = """\
# What the claims notice

Every fault on the problems that the default gate sets, in eager mode, and the claim that notices
it. Written by `python -m properties.power` from what it measured into `reports/power.json`.

A fault is caught by *bounds* where it breaks a claim on a member so that a gate would call it
new: what the ledger excuses is not caught, nor is what TensorFlow itself would be called new for.
The cell names the claim that broke first, its largest share, and after how many judged answers
it broke. It is caught by *drift* where the errors on the stored recipes grow beyond
those of TensorFlow as it is. *No fault* changed no bit of any answer, as a transposed symmetric
matrix does not; tables have a dash there. *Excused* changed only answers of which no claim says
anything: to singular problems, or beyond the range of the dtype. *Below* changed answers by less
than the smallest bias that the bounds notice. What nothing of this holds for was set the problems
of an audit too, as many of eight members: there it was noticed *later*, or *survived*. Graph and
XLA mode are set some of the problems, with the faults that any routine can have; what is not
noticed on those is *unseen*. How seldom what is right is taken for wrong: see
[false alarms](false-alarms.md). Each routine has a page, functions of numbers share a table.
Faults in italics are those that any routine can have, the others stand with the routine."""


def write(path: Path = FILE, docs: Path = DOCS) -> None:
    """Write the pages from the file; those of routines that are gone are removed."""
    due = pages(load(path))
    for old in (docs / FOLDER).glob("*.md"):
        if f"{FOLDER}/{old.name}" not in due:
            old.unlink()
    for name, text in due.items():
        (docs / name).parent.mkdir(exist_ok=True)
        (docs / name).write_text(text, encoding="utf-8")


def pages(measured: Measured) -> dict[str, str]:
    """Pages by name below docs/: all routines with what survived and why, and one for each.

    Functions of numbers, of which there are many with the same faults, share a table.
    """
    items = measured.items
    names = sorted({item.routine for item in items})
    numbers = [name for name in names if name in measured.numbers]
    others = [name for name in names if name not in measured.numbers]
    parts = [
        HEAD,
        "\n".join(_summary(others, items)),
        "\n".join(_survivors(items)),
        "\n".join(_unseen(items)),
        "\n".join(_numbers(numbers, items)),
    ]
    found = {"power.md": "\n\n".join(parts) + "\n"}
    return found | {_page_of(name): "\n".join(_section(name, items)) + "\n" for name in others}


def _page_of(name: str) -> str:
    return f"{FOLDER}/{name}.md"


def _survivors(items: Sequence[Item]) -> Iterator[str]:
    because = reasons()
    yield "## What survived, and why\n"
    for (routine, fault), where in survivors(items).items():
        reason = because.get((routine, fault), "not explained")
        yield f"- {routine}, {fault} ({', '.join(where)}): {reason}."


def _unseen(items: Sequence[Item]) -> Iterator[str]:
    """What no claim notices on the few problems of graph and XLA mode, by routine and place."""
    limits, found = resolutions(items), dict[tuple[str, str], list[str]]()
    for item in items:
        if isinstance(item, Row) and verdict(item, limits) == UNSEEN:
            found.setdefault((item.routine, item.fault), []).append(f"{item.mode} {item.dtype}")
    yield "## Unseen in graph and XLA mode\n"
    yield "On a few stored problems, on which not every fault shows, or behind what the ledger"
    yield "excuses of XLA. On all problems, in eager mode, nothing survived but the above.\n"
    for (routine, fault), where in found.items():
        yield f"- {routine}, {fault} ({', '.join(where)})"


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
        yield f"| [{name}]({_page_of(name)}) | {faults} | {counts} |"


def _numbers(names: Sequence[str], items: Sequence[Item]) -> Iterator[str]:
    """Functions of numbers: the smallest bias noticed by dtype, and what became of the faults."""
    limits = resolutions(items)
    yield "## Functions of numbers\n"
    yield "The smallest bias of each entry in eps that the bounds notice, by dtype; then the faults"
    yield "beside those, in all dtypes: how many changed what a claim speaks of, and how"
    yield "many of these were caught by bounds, by drift or later; what was not is named.\n"
    yield "| function | " + " | ".join(_DTYPES[:4]) + " | caught | of | not caught |"
    yield "|---|" + "---:|" * 6 + "---|"
    for name in names:
        rows = [item for item in items if isinstance(item, Row) and item.routine == name]
        smallest = {
            item.dtype: _eps(item.bounds)
            for item in items
            if isinstance(item, Resolution) and item.routine == name and "each" in item.family
        }
        judged = [(row, verdict(row, limits)) for row in rows]
        due = [(row, word) for row, word in judged if word not in (NOTHING, EXCUSED)]
        missed: dict[str, list[str]] = {}
        for row, word in due:
            if word in (BELOW, UNSEEN, SURVIVED):
                missed.setdefault(row.fault, []).append(f"{row.dtype} {word}")
        told = "; ".join(f"{fault} ({', '.join(where)})" for fault, where in missed.items())
        few = sum(map(len, missed.values()))
        sizes = " | ".join(smallest.get(dtype, "") for dtype in _DTYPES[:4])
        yield f"| {name} | {sizes} | {len(due) - few} | {len(due)} | {told} |"


def _section(name: str, items: Sequence[Item]) -> Iterator[str]:
    rows = [i for i in items if isinstance(i, Row) and i.routine == name and i.mode == WHOLE]
    found = [
        i for i in items if isinstance(i, Resolution) and i.routine == name and i.mode == WHOLE
    ]
    limits = resolutions(items)
    dtypes = sorted({row.dtype for row in rows}, key=_DTYPES.index)
    yield f"# What the claims of {name} notice\n"
    yield "What the words mean: [power.md](../power.md).\n"
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
    if word == NOTHING:
        return "–"
    return word if word == EXCUSED else f"{word}, {number_text(row.change)} eps"


def _eps(k: float) -> str:
    return "> 1024" if math.isinf(k) else f"{k:g}"


_DTYPES = ("bfloat16", "float16", "float32", "float64", "complex64", "complex128")
