"""Frames: what the files of a run are made of. A small JSON head and raw columns, sealed.

    8 bytes   MAGIC
    12 bytes  length of the head, length of the body, CRC-32 of these two, head and body
    head      JSON in ASCII; its entry "columns" lists [name, type, length]
    body      the columns one after another

All numbers are little-endian. A column of words is stored as places in a list of the head.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import IO, Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from reports.plain import RunError, dump, expect, parse, reason, take, words

# Not four bytes: Hypothesis draws constants of local modules, and a seed has four.
MAGIC = b"\x93NVRUN2\n"
PREFIX = Struct("<8sIII")
LENGTHS = Struct("<II")
TYPES = ("<f8", "<i8", "<u8", "<i4", "<i2", "|i1")
LONGEST = 2**26  # bytes of a frame: what a reader must hold; beyond this it is damage
WINDOW = 2**20  # bytes searched at once for the next frame behind damage
TRIES = 1000  # places that look like a frame behind damage, and are none, before giving up


@dataclass(frozen=True)
class Frame:
    """A head and its columns. `where`: file and byte, for messages."""

    head: dict[str, Any]
    columns: Mapping[str, NDArray]
    where: str = ""


def encode(head: Mapping[str, Any], columns: Mapping[str, NDArray]) -> bytes:
    """The bytes of a frame. Columns are one-dimensional; those of words become places in a list."""
    told, vocabulary, parts = [], {}, []
    for name, column in columns.items():
        if column.dtype.kind == "U":
            words_ = column.tolist()  # for the few rows of most frames faster than np.unique
            places = {word: place for place, word in enumerate(sorted(set(words_)))}
            vocabulary[name] = [*places]
            column = np.array([places[word] for word in words_], "<i4")  # noqa: PLW2901
        told.append((name, column.dtype.str, len(column)))
        parts.append(column.tobytes())
    body = b"".join(parts)
    text = dump({**head, "columns": told, **({"words": vocabulary} if vocabulary else {})}).encode()
    if len(text) + len(body) > LONGEST:
        raise RunError(f"a frame of {len(text) + len(body)} bytes: set stacks of fewer members")
    lengths = LENGTHS.pack(len(text), len(body))
    seal = crc32(body, crc32(text, crc32(lengths)))
    return PREFIX.pack(MAGIC, len(text), len(body), seal) + text + body


def frames(path: Path, warnings: list[str]) -> Iterator[Frame]:
    """Every intact frame of a file. What is cut short or damaged is told in `warnings`.

    RunError where the file cannot be read, or a frame is intact and yet none of ours.
    """
    name = f"{path.parent.name}/{path.name}"
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            place = 0
            while place < size:
                sealed = _sealed(file, place, size)
                if sealed is None:
                    following = _next(file, place + 1, size)
                    what = "cut short" if following == size else "damaged"
                    warnings.append(
                        f"{name}, byte {place}: {what}, {following - place} bytes dropped"
                    )
                    place = following
                    continue
                yield _decoded(*sealed, f"{name}, byte {place}")
                place += PREFIX.size + sum(map(len, sealed))
    except OSError as error:
        raise RunError(f"cannot read {path} ({reason(error)})") from None


def _sealed(file: IO[bytes], place: int, size: int) -> tuple[bytes, bytes] | None:
    """Head and body of the frame at a place, None where there is no intact one."""
    file.seek(place)
    prefix = file.read(PREFIX.size)
    if len(prefix) < PREFIX.size:
        return None
    magic, head, body, seal = PREFIX.unpack(prefix)
    whole = head + body
    if magic != MAGIC or whole > LONGEST or place + PREFIX.size + whole > size:
        return None
    content = file.read(whole)
    if crc32(content, crc32(prefix[len(MAGIC) :][: LENGTHS.size])) != seal:
        return None
    return content[:head], content[head:]


def _next(file: IO[bytes], place: int, size: int) -> int:
    """Where the next intact frame begins; the end of the file where there is none."""
    tries = 0
    while place < size and tries < TRIES:
        file.seek(place)
        window = file.read(WINDOW)
        at = window.find(MAGIC)
        while at >= 0 and tries < TRIES:
            tries += 1
            if _sealed(file, place + at, size) is not None:
                return place + at
            at = window.find(MAGIC, at + 1)
        place += max(len(window) - len(MAGIC) + 1, 1)
    return size


def _decoded(text: bytes, body: bytes, where: str) -> Frame:
    try:
        head = parse(text.decode("ascii"), where)
    except UnicodeDecodeError:
        raise RunError(f"{where}: a head that is not ASCII") from None
    columns: dict[str, NDArray] = {}
    place = 0
    for entry in take(head, "columns", list, where):
        if not (isinstance(entry, list) and len(entry) == 3):
            raise RunError(f"{where}: a column is [name, type, length]")
        name, kind = expect(entry[0], str, where), expect(entry[1], str, where)
        length = expect(entry[2], int, where)
        if kind not in TYPES:
            raise RunError(f"{where}: unknown type {kind!r} of a column")
        if not 0 <= length <= (len(body) - place) // np.dtype(kind).itemsize:
            raise RunError(f"{where}: the column {name!r} is longer than its frame")
        columns[name] = np.frombuffer(body, kind, length, place)
        place += length * np.dtype(kind).itemsize
    if place != len(body):
        raise RunError(f"{where}: {len(body) - place} bytes beyond the last column")
    for name, vocabulary in take({"words": {}, **head}, "words", dict, where).items():
        columns[name] = _worded(columns.get(name), words(vocabulary, where), where)
    return Frame(head, columns, where)


def _worded(codes: NDArray | None, vocabulary: tuple[str, ...], where: str) -> NDArray[np.str_]:
    if codes is None or codes.dtype.kind != "i":
        raise RunError(f"{where}: words for a column that holds none")
    if len(codes) and not (0 <= codes.min() and codes.max() < len(vocabulary)):
        raise RunError(f"{where}: a word that is not in the list")
    return np.array(vocabulary, dtype=np.str_)[codes]
