"""Members as Parquet, for DuckDB, pandas, polars and anything else that reads it."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reports.plain import RunError, printable, unwritable
from reports.record import VERDICTS, Cell
from reports.sample import DTYPES, NONE, Sample, merged

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CHUNK = 2**19  # members in memory before they go to a file
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # a disk, a quota, what a file may hold
MEMORY = "512MB"  # of a sort, which then goes to the disk
NUMBERS = ("key", "error", "bound", "share", "condition", "log2_scale", "size")
WORDS = ("verdict", "structure", "stack", *Cell._fields)
COLUMNS = (*Cell._fields, *NUMBERS, "structure", "verdict", "stack")
ROW = (
    "key AS keys", "error", "bound", "condition", "log2_scale", "size", "structure",
    f"list_position({[*VERDICTS]}, verdict) - 1 AS verdict",
)  # fmt: skip
TYPES = {
    **dict.fromkeys((*Cell._fields, "structure", "verdict", "stack"), "VARCHAR"),
    **dict.fromkeys(("error", "bound", "share", "condition", "log2_scale"), "DOUBLE"),
    "key": "UBIGINT", "size": "BIGINT",
}  # fmt: skip
# What no member lacks, and verdicts that there are: the rest may be unknown.
GIVEN = (*Cell._fields, "key", "size", "structure", f"list_position({[*VERDICTS]}, verdict)")


@dataclass(frozen=True)
class Batch:
    """Members of one cell; `stack`: the digest of the stack they are from, empty in a sample."""

    cell: Cell
    rows: Sample
    stack: str = ""


def write_rows(path: Path, batches: Iterable[Batch], others: Sequence[Path] = ()) -> None:
    """One Parquet file of some members and of those in other such files, sorted.

    The same bytes for the same members in any order. RunError where it cannot be written, or
    where another file cannot be read.
    """
    import duckdb

    try:
        with tempfile.TemporaryDirectory(prefix=".", dir=path.parent) as folder:
            draft = Path(folder) / "whole.parquet"
            with duckdb.connect() as connection:
                connection.execute(f"SET threads = 1; SET memory_limit = '{MEMORY}'")
                connection.execute("SET temp_directory = ?", [folder])
                for number, chunk in enumerate(_chunks(batches)):
                    _copy(connection, chunk, Path(folder) / f"{number}.parquet")
                parts = [str(part) for part in (*others, *Path(folder).glob("[0-9]*.parquet"))]
                connection.execute(
                    f"COPY (SELECT {', '.join(COLUMNS)} FROM read_parquet($parts) ORDER BY ALL) "
                    "TO $draft (FORMAT parquet, COMPRESSION zstd)",
                    {"parts": parts, "draft": str(draft)},
                )
            draft.replace(path)
    except duckdb.Error as error:
        for number in FULL:  # DuckDB passes on the system's words, in words of its own
            if os.strerror(number) in str(error):
                raise unwritable(path, OSError(number, os.strerror(number))) from None
        raise RunError(f"cannot write {path}: {printable(str(error), 200)}") from None
    except OSError as error:
        raise unwritable(path, error) from None


def read_rows(path: Path) -> dict[Cell, Sample]:
    """All members in a file that `write_rows` wrote, by cell. RunError where it is none."""
    import duckdb

    found: dict[Cell, Sample] = {}
    try:
        with duckdb.connect() as connection:
            rows = connection.read_parquet(str(path))
            found_types = dict(zip(rows.columns, map(str, rows.types), strict=True))
            for name, kind in TYPES.items():
                if found_types.get(name) != kind:
                    told = printable(found_types.get(name, "missing"), 40)
                    raise RunError(f"cannot read {path}: column {name} is {told}, not {kind}")
            rows.create_view("rows")
            lacking = " OR ".join(f"{name} IS NULL" for name in GIVEN)
            if connection.execute(f"SELECT 1 FROM rows WHERE {lacking} LIMIT 1").fetchone():
                raise RunError(f"cannot read {path}: members without a cell, key, size or verdict")
            names = ", ".join(Cell._fields)
            for cell in connection.execute(f"SELECT DISTINCT {names} FROM rows").fetchall():
                where = " AND ".join(f"{name} = ?" for name in Cell._fields)
                query = f"SELECT {', '.join(ROW)} FROM rows WHERE {where}"
                columns = connection.execute(query, cell).fetchnumpy()
                found[Cell(*cell)] = merged([_sample(columns)], count=None)
    except (duckdb.Error, RuntimeError, UnicodeError) as error:  # names that are no UTF-8, too
        raise RunError(f"cannot read {path}: {printable(str(error), 200)}") from None
    return found


def _sample(columns: dict[str, NDArray[Any]]) -> Sample:
    """Columns of a query, in which what is unknown is masked."""
    filled = {
        name: np.ma.filled(column.astype(float), np.nan) if column.dtype.kind == "f" else column
        for name, column in columns.items()
    }
    return Sample(*(np.asarray(filled[name]).astype(dtype) for name, dtype in DTYPES.items()))


def _chunks(batches: Iterable[Batch]) -> Iterator[list[Batch]]:
    chunk: list[Batch] = []
    count = 0
    for batch in batches:
        chunk.append(batch)
        count += len(batch.rows)
        if count >= CHUNK:
            yield chunk
            chunk, count = [], 0
    yield chunk  # of nothing perhaps, so that there is a file with its columns


def _copy(connection: DuckDBPyConnection, chunk: Sequence[Batch], path: Path) -> None:
    """Members in memory to a file; words go as places in lists, which is much faster."""
    lengths = [len(batch.rows) for batch in chunk]
    every = (NONE, *(batch.rows for batch in chunk))
    rows = Sample(*(np.concatenate([getattr(rows, name) for rows in every]) for name in DTYPES))
    structures, structure = np.unique(rows.structure, return_inverse=True)
    lists: dict[str, list[str]] = {"verdict": [*VERDICTS], "structure": structures.tolist()}
    table: dict[str, NDArray[Any]] = {
        "verdict": rows.verdict,
        "structure": structure,
        "key": rows.keys,
    }
    table |= {name: getattr(rows, name) for name in NUMBERS if name != "key"}
    for place, name in enumerate(("stack", *Cell._fields)):
        words = [(batch.stack, *batch.cell)[place] for batch in chunk]
        lists[name] = sorted(set(words))
        codes = {word: code for code, word in enumerate(lists[name])}
        table[name] = np.repeat(np.array([codes[word] for word in words], np.int64), lengths)
    columns = [*NUMBERS, *(f"${name}[{name} + 1] AS {name}" for name in WORDS)]
    connection.register("rows", table)
    connection.execute(
        f"COPY (SELECT {', '.join(columns)} FROM rows) TO $path (FORMAT parquet)",
        {**lists, "path": str(path)},
    )
    connection.unregister("rows")
