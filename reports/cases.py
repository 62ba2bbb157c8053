"""Findings as files: one member that breaks a claim, with all that a person needs."""

from __future__ import annotations

import math
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.plain import (
    RunError,
    dump,
    expect,
    frozen,
    named_words,
    number,
    parse,
    read_text,
    take,
    words,
    write_text,
)
from reports.record import Cell, Finding

FORMAT = 1
LISTED = 4096  # entries; a longer array is written down only if one number repeats
REPEATED = 2**20  # entries, at most, that one number stands for
SHRUNK = "shrunk"  # below a run: the findings that Hypothesis has made small
TEXTS = ("digest", "formula", "because", "outcome", "call", "known", "source")
TUPLES = ("recipe", "inputs", "got", "true")


def exact(array: NDArray, dtype: str = "") -> dict[str, Any]:
    """An array as plain data: its shape and hexadecimal floats in row-major order.

    A complex number is written as "re im", a number that is repeated more than LISTED times once.
    `dtype` names the format whose numbers these are; the array itself may be float64.
    """
    array = np.asarray(array)
    wide = array.astype(np.complex128 if np.iscomplexobj(array) else np.float64)
    given = wide.ravel()[:1] if repeats(wide) else wide.ravel()
    flat = tuple(_hex(value) for value in given.tolist())
    return {"dtype": dtype or str(array.dtype), "shape": array.shape, "values": flat}


def repeats(array: NDArray) -> bool:
    """Whether a long array holds one number, over and over, to the last bit."""
    if not LISTED < array.size <= REPEATED:
        return False
    words = np.ascontiguousarray(array).reshape(-1).view(np.uint64).reshape(array.size, -1)
    return bool((words == words[0]).all())


def writable(array: NDArray) -> bool:
    """Whether an array is short enough to be written down, or repeats."""
    return array.size <= LISTED or repeats(array)


def _hex(value: complex) -> str:
    if isinstance(value, float):
        return value.hex()
    return f"{value.real.hex()} {value.imag.hex()}"


def entries_of(part: Any, where: str = "array") -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The shape and the entries, as text, of one array of a finding; RunError.

    One number may stand for all of a long array.
    """
    shape, values = written_of(part, where)
    return shape, values if len(values) != 1 else values * math.prod(shape)


def written_of(part: Any, where: str = "array") -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The same as it is written: a number that repeats once."""
    sizes = take(part, "shape", (list, tuple), where)
    shape = tuple(expect(size, int, where) for size in sizes)
    values = words(take(part, "values", (list, tuple), where), where)
    count = math.prod(shape)
    repeated = len(values) == 1 and LISTED < count <= REPEATED
    if min(shape, default=1) < 0 or (count != len(values) and not repeated):
        raise RunError(f"{where}: {len(values)} entries for the shape {shape}")
    return shape, values


def array_of(part: Any, where: str = "array") -> NDArray:
    """The array that `exact` wrote, as float64 or complex128; RunError for anything else."""
    shape, values = entries_of(part, where)
    try:
        entries = [_number(text) for text in values]
    except (ValueError, OverflowError) as error:
        raise RunError(f"{where}: no exact array ({error})") from None
    return np.array(entries, dtype=None if entries else np.float64).reshape(shape)


def _number(text: str) -> complex:
    parts = [float.fromhex(part) for part in text.split(" ")]
    return complex(*parts) if len(parts) == 2 else parts[0]


def finding_to_text(finding: Finding) -> str:
    """A finding as a JSON file, for people to read and git to compare."""
    return dump({"format": FORMAT, **asdict(finding), "cell": finding.cell._asdict()}, 1) + "\n"


def load_finding(path: Path) -> Finding:
    """The finding in a file; RunError for anything else."""
    return read_finding(read_text(path, "finding"), str(path))


def read_finding(text: str | bytes, where: str) -> Finding:
    """The finding in text; RunError for anything else, in which `where` says whose it is."""
    try:
        text = text if isinstance(text, str) else text.decode("utf-8")
    except UnicodeDecodeError:
        raise RunError(f"{where}: not UTF-8 text") from None
    data = parse(text, where)
    if take(data, "format", int, where) != FORMAT:
        raise RunError(f"{where}: format {data['format']}, but this version reads {FORMAT}")
    cell = take(data, "cell", dict, where)
    condition = take(data, "condition", dict, where)
    data = {"known": "", "source": "", **data}
    finding = Finding(
        cell=Cell(*(take(cell, field, str, where) for field in Cell._fields)),
        member=take(data, "member", int, where),
        arguments=frozen(take(data, "arguments", dict, where)),
        traits=take(data, "traits", dict, where),
        error=number(take(data, "error", (int, float), where), where),
        bound=number(take(data, "bound", (int, float), where), where),
        condition={name: number(value, where) for name, value in condition.items()},
        engines=words(take(data, "engines", list, where), where),
        environment=named_words(take(data, "environment", dict, where), where),
        **{name: take(data, name, str, where) for name in TEXTS},
        **{name: frozen(take(data, name, list, where)) for name in TUPLES},
    )
    for part in finding.inputs:
        array_of(part, f"{where}: inputs")
    for part in (*finding.got, *finding.true):
        entries_of(part, f"{where}: got and true")
    return finding


def share(finding: Finding) -> float:
    """Error / bound; a break that could not be measured is infinite."""
    value = finding.error / finding.bound if finding.bound else np.inf
    return float("inf") if np.isnan(value) else float(value)


def rank(finding: Finding) -> tuple[float, str]:
    """Largest share first; the digest settles ties, so that the order of workers means nothing."""
    return -share(finding), finding.digest


def name_of(finding: Finding) -> str:
    """The file that keeps the worst of its kind: one for each cell, and for each known entry."""
    cell = finding.cell
    parts = [cell.routine, cell.claim, cell.dtype, cell.mode]
    parts += [cell.backend] if cell.backend != "tensorflow" else []
    parts += [finding.known] if finding.known else []
    return re.sub(r"[^\w.-]+", "_", "-".join(parts), flags=re.ASCII) + ".json"


def save_finding(run: Path, finding: Finding, worker: str = "main") -> Path:
    """Keep a finding if it is the worst of its kind that this worker has met.

    Each worker has a folder of its own, so that none overwrites another's; `findings` merges
    them. Returns the path of what is kept.
    """
    path = run / "findings" / worker / name_of(finding)
    if not path.exists() or rank(finding) < rank(load_finding(path)):
        write_text(path, finding_to_text(finding))
    return path


def findings(run: Path) -> dict[Path, Finding]:
    """The worst finding of each kind over all workers: new ones first, then by share."""
    worst: dict[str, tuple[Path, Finding]] = {}
    for path in sorted((run / "findings").glob("*/*.json")):
        finding = load_finding(path)
        name = name_of(finding)
        if name not in worst or rank(finding) < rank(worst[name][1]):
            worst[name] = path, finding
    ordered = sorted(worst.values(), key=lambda pair: (bool(pair[1].known), *rank(pair[1])))
    return dict(ordered)


def smallest(run: Path) -> dict[Path, Finding]:
    """The findings of a run, each in its smallest form where the search has shrunk it."""
    shrunk = {name_of(finding): (path, finding) for path, finding in findings(run / SHRUNK).items()}
    return dict(shrunk.get(name_of(f), (path, f)) for path, f in findings(run).items())
