"""Hostile files for every reader: `python -m tests.fuzz --inputs 1000000`.

A file that the suite wrote is changed, in its bytes or, where it is JSON, in its values too, and
read. A reader either gives what it read or raises RunError, with one line. Anything else is a
fault, and so is a read of more than SECONDS; the seed of an input makes it again.
"""

from __future__ import annotations

import json
import random
import signal
import sys
import tempfile
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

import numpy as np

from reports import baseline, blocks, cases, conclude, frontier, power, readings
from reports.frames import MAGIC, encode, frames
from reports.ledger import Ledger
from reports.machine import machine
from reports.markdown import markdown
from reports.parquet import COLUMNS, read_rows
from reports.plain import RunError
from reports.reproduce import reproduction
from reports.run import marker, read_header
from reports.store import summary_of
from reports.verdict import run_verdict
from tests.fuzz_files import whole
from tests.reports_example import LEDGER

SECONDS = 20
FEWER = 4  # inputs for each one of what is dear to read
NOWHERE = Path("/nowhere")  # neither stored cases nor baselines
HOSTILE: tuple[Any, ...] = (
    None, True, 0, -1, 1, 2**31, 2**63, 2**64, -(2**63), 10**400, 1e308, 5e-324, float("nan"),
    float("inf"), "", "nan", "0x1p+99999", "a" * 3000, "../../etc/passwd", "\x00", "\ud800", "<b>",
    "\x1b[2J", [], {}, [[]], [None], {"": None}, [1e999], ["0x1p0"] * 3, {"format": 1},
)  # fmt: skip
TOKENS = (
    b"NaN", b"1e999", b"-", b'"', b"\\", b"\x00", b"\xff", b"[" * 2000, b"{", b"}", b"]", b",",
    b"9" * 5000, b"null ", b"\n", b"\\ud800", MAGIC,
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A file of a folder, and what reads it.

    `json`: its values are changed too. `dear`: a read takes long, so there are fewer inputs.
    """

    name: str
    file: str
    read: Callable[[Path], object]
    json: bool = True
    dear: bool = False


def _finding(folder: Path) -> None:
    (finding,) = cases.findings(folder / "one").values()
    reproduction(finding)
    cases.finding_to_text(finding)


def _report(folder: Path) -> None:
    """All that a run is read for, with a short ledger: loading the long one is tested apart."""
    verdict = run_verdict(folder, LEDGER, NOWHERE, NOWHERE)
    markdown(verdict)
    machine(verdict)


@cache
def _database() -> Any:
    """One for all inputs, which remembers no file: to open one takes 40 ms."""
    import duckdb

    database = duckdb.connect(config={"threads": 1})
    database.execute("SET enable_external_file_cache = false")
    return database


def _members(folder: Path) -> None:
    with patch("duckdb.connect", _database().cursor):
        read_rows(folder / "concluded" / conclude.ROWS)


TARGETS = (
    Target("header", "run.json", lambda f: (read_header(f), _report(f)), dear=True),
    Target("marker", "complete.json", marker),
    Target("spool", "spool/gw0.frames", lambda f: summary_of(f, []), json=False),
    Target("concluded", "concluded/cells.frames", lambda f: _report(f / "concluded"), json=False,
           dear=True),
    Target("members", "concluded/rows.parquet", _members, json=False, dear=True),
    Target("finding", "one/findings/main/one.json", _finding),
    Target("blocks", "blocks/gw0.jsonl", blocks.finished),
    Target("stored", "drift/stored/linalg.solve.json", lambda f: readings.readings_of(f / "drift")),
    Target("baseline", "linux.json", lambda f: baseline.load(f / "linux.json")),
    Target("recipes", "recipes.json", baseline.load_recipes),
    Target("ledger", "known.toml", lambda f: Ledger.load(f / "known.toml"), json=False),
    Target("times", "times.json", lambda f: frontier.times(f / "times.json")),
    Target("power", "power.json", lambda f: power.load(f / "power.json")),
)  # fmt: skip


def changed(data: bytes, chance: random.Random, *, as_json: bool) -> bytes:
    """The same with a few changes."""
    if as_json and chance.random() < 0.6:
        try:
            value = json.loads(data)
        except ValueError:  # a line for each value
            lines = data.splitlines()
            place = chance.randrange(len(lines))
            lines[place] = json.dumps(_value(json.loads(lines[place]), chance)).encode()
            return b"\n".join(lines) + b"\n"
        return json.dumps(_value(value, chance)).encode()
    for _ in range(chance.randint(1, 4)):
        i, j = sorted(chance.randrange(len(data) + 1) for _ in range(2))
        piece = chance.choice(
            (b"", data[i:j], data[i : i + 8], chance.choice(TOKENS), chance.randbytes(4))
        )
        end = j if chance.random() < 0.2 else min(i + len(piece), len(data))
        data = data[:i] + piece + data[end:]
        if not data:
            return data
        if chance.random() < 0.2:
            data = data[: chance.randrange(len(data))] or b" "
    return data


def _value(value: Any, chance: random.Random) -> Any:
    """A value of JSON in which something else stands somewhere."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice([*value])
        if chance.random() < 0.1:
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: _value(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        place = chance.randrange(len(value))
        return [*value[:place], _value(value[place], chance), *value[place + 1 :]]
    return chance.choice(HOSTILE)


def resealed(path: Path, chance: random.Random) -> bytes:
    """Frames that are intact, with other things in one of their heads or columns."""
    found = list(frames(path, []))
    place = chance.randrange(len(found))
    head, columns = dict(found[place].head), dict(found[place].columns)
    for name in ("columns", "words"):
        head.pop(name, None)
    if columns and chance.random() < 0.4:
        name = chance.choice([*columns])
        column = columns[name]
        columns[name] = chance.choice(
            (column[:-1], np.resize(column, len(column) + 1), column.astype("U"), column * 0)
            if column.dtype.kind != "U"
            else (column[:-1], np.arange(len(column)), np.char.add(column, "?"))
        )
    else:
        head = _value(head, chance)
    try:
        return b"".join(
            encode(head if i == place else _told(f.head), columns if i == place else f.columns)
            for i, f in enumerate(found)
        )
    except (RunError, TypeError, ValueError, UnicodeError):  # what cannot even be written
        return path.read_bytes()[:-3]


def _told(head: Any) -> dict[str, Any]:
    return {key: value for key, value in head.items() if key not in ("columns", "words")}


class Hang(BaseException):
    """A reader took too long."""


def _alarm(_: int, __: FrameType | None) -> None:
    raise Hang


REPLACED = (
    "NULL", "''", "'x'", "-1", "1e308", "'nan'::DOUBLE", "'-inf'::DOUBLE", "170::HUGEINT << 64",
    "[]", "[1]", "MAP {{1: 2}}", "'\\xff'::BLOB", "DATE '2000-01-01'", "true", "repeat('a', 7000)",
    "{name}::VARCHAR", "[{name}]", "CASE WHEN hash(key) % 2 = 0 THEN {name} END",
)  # fmt: skip


def rewritten(path: Path, chance: random.Random) -> bytes:
    """A file of Parquet that is intact, with something else in one of its columns, or fewer."""
    name = chance.choice(COLUMNS)
    other = chance.choice(REPLACED).format(name=name)
    changes = (f"* REPLACE ({other} AS {name})", f"* EXCLUDE ({name})", f"{name}", "*, 1 AS more")
    what = chance.choice((*changes[:1] * 6, *changes))
    many = chance.choice(("", "", " LIMIT 0", ", range(3)" if what[0] != "*" else ""))
    out = path.with_suffix(".new")
    with _database().cursor() as cursor:
        cursor.execute(
            f"COPY (SELECT {what} FROM read_parquet($path){many}) TO $out (FORMAT parquet)",
            {"path": str(path), "out": str(out)},
        )
    return out.read_bytes()


REMAKERS = {".frames": resealed, ".parquet": rewritten}


def faults(folder: Path, target: Target, seeds: range) -> Iterator[tuple[int, str]]:
    """(seed, what happened) for each input that a reader did not take well."""
    path = folder / target.file
    good = path.read_bytes()
    signal.signal(signal.SIGALRM, _alarm)
    try:
        for seed in seeds:
            chance = random.Random(f"{target.name} {seed}")
            path.write_bytes(good)
            make = REMAKERS.get(path.suffix)
            if make is not None and chance.random() < 0.6:
                data = make(path, chance)
            else:
                data = changed(good, chance, as_json=target.json)
            path.write_bytes(data)
            signal.alarm(SECONDS)
            try:
                target.read(folder)
            except RunError as error:
                if "\n" in str(error) or not str(error):
                    yield seed, f"not one line: {str(error)!r}"
            except (Exception, Hang) as error:  # noqa: BLE001 - any other is what is looked for
                yield seed, f"{type(error).__name__}: {str(error)[:200]}"
            finally:
                signal.alarm(0)
    finally:
        path.write_bytes(good)


def main(words: list[str]) -> int:
    """Fuzz; print each kind of fault once with its seed."""
    parser = ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000, help="in all")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--target", choices=[target.name for target in TARGETS])
    chosen = parser.parse_args(words)
    targets = [t for t in TARGETS if chosen.target in (None, t.name)]
    parts = {target: 1 if target.dear else FEWER for target in targets}
    unit, bad = chosen.inputs / sum(parts.values()), 0
    with tempfile.TemporaryDirectory() as name:
        folder = whole(Path(name))
        for target, part in parts.items():
            count = ceil(unit * part)
            seen: Counter[str] = Counter()
            for seed, text in faults(folder, target, range(chosen.first, chosen.first + count)):
                kind = text.split(":")[0]
                if not seen[kind]:
                    sys.stdout.write(f"{target.name}, seed {seed}: {text}\n")
                seen[kind] += 1
            bad += seen.total()
            sys.stdout.write(f"{target.name}: {count:,} inputs, {seen.total()} faults\n")
            sys.stdout.flush()
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
