"""Frames: what is written is what is read, and damage is told, never hidden, never fatal."""

from __future__ import annotations

import json
import os
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from reports.frames import LENGTHS, LONGEST, MAGIC, PREFIX, encode, frames
from reports.plain import RunError

COLUMNS = {
    "floats": np.array([0.1, 5e-324, np.nan, np.inf, -0.0, 1.7976931348623157e308]),
    "keys": np.array([0, 2**64 - 1], np.uint64),
    "codes": np.array([-1, 3], np.int8),
    "words": np.array(["dense", "graded", "dense"]),
}


def sealed(head: object, body: bytes = b"") -> bytes:
    """A frame with an honest checksum, whatever it says."""
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    lengths = LENGTHS.pack(len(text), len(body))
    return PREFIX.pack(MAGIC, len(text), len(body), crc32(lengths + text + body)) + text + body


def written(path: Path, *contents: bytes) -> tuple[list, list[str]]:
    """The heads that a file of these bytes gives, and the warnings."""
    path.write_bytes(b"".join(contents))
    warnings: list[str] = []
    return [frame.head["name"] for frame in frames(path, warnings)], warnings


def four(count: int = 4) -> list[bytes]:
    return [encode({"name": i}, {"column": np.arange(9.0)}) for i in range(count)]


def test_columns_come_back_bit_by_bit(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(encode({"name": "n"}, COLUMNS))
    (frame,) = frames(tmp_path / "f", [])
    assert frame.head["name"] == "n"
    for name, column in COLUMNS.items():
        assert frame.columns[name].tobytes() == column.tobytes(), name


@pytest.mark.parametrize("cut", [1, 7, 100])
def test_a_file_cut_short_loses_its_last_frame_only(tmp_path: Path, cut: int) -> None:
    found, warnings = written(tmp_path / "f", *four()[:3], four()[3][:-cut])
    assert found == [0, 1, 2]
    assert len(warnings) == 1 and "cut short" in warnings[0]


def test_a_writer_that_returns_after_a_cut_loses_nothing_more(tmp_path: Path) -> None:
    a, b, c, d = four()
    found, warnings = written(tmp_path / "f", a, b[:-5], c, d)
    assert found == [0, 2, 3]
    assert warnings == [f"{tmp_path.name}/f, byte {len(a)}: damaged, {len(b) - 5} bytes dropped"]


def test_any_changed_byte_costs_its_frame_only(tmp_path: Path) -> None:
    a, b, c, _ = four()
    for place in range(len(b)):
        harmed = bytearray(b)
        harmed[place] ^= 1 << (place % 8)
        found, warnings = written(tmp_path / "f", a, bytes(harmed), c)
        assert found == [0, 2], place
        assert len(warnings) == 1


@pytest.mark.parametrize("length", [LONGEST, 2**31, 2**32 - 1])
def test_a_huge_length_is_damage_and_costs_no_memory(tmp_path: Path, length: int) -> None:
    a, b, _, _ = four()
    claim = PREFIX.pack(MAGIC, 10, length, 0) if length < 2**32 else b""
    found, warnings = written(tmp_path / "f", a, claim, b)
    assert found == [0, 1] and len(warnings) == 1


def test_a_large_file_of_nothing_is_one_line(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).bytes(3 * 2**20)
    a, b, _, _ = four()
    found, warnings = written(tmp_path / "f", a, noise, b)
    assert found == [0, 1] and len(warnings) == 1
    found, warnings = written(tmp_path / "f", (MAGIC + bytes(12)) * 100_000)
    assert found == [] and len(warnings) == 1
    assert written(tmp_path / "f") == ([], [])


@pytest.mark.parametrize(
    ("head", "body", "message"),
    [
        (b"{", b"", "not readable as JSON"),
        (b"[" * 100_000, b"", "not readable as JSON"),
        (b'{"name": "\xff"}', b"", "not ASCII"),
        ([], b"", "expected an object"),
        ({}, b"", "'columns' is missing"),
        ({"columns": {}}, b"", "wrong type"),
        ({"columns": [["a", "<f8"]]}, b"", "a column is"),
        ({"columns": [["a", "|O", 1]]}, bytes(8), "unknown type"),
        ({"columns": [["a", "<f8", 2]]}, bytes(8), "longer than its frame"),
        ({"columns": [["a", "<f8", 2**62]]}, bytes(8), "longer than its frame"),
        ({"columns": [["a", "<f8", -1]]}, bytes(8), "longer than its frame"),
        ({"columns": [["a", "<f8", True]]}, bytes(8), "wrong type"),
        ({"columns": [["a", "<f8", 1]]}, bytes(9), "1 bytes beyond"),
        ({"columns": [["a", "<i4", 1]], "words": {"a": []}}, bytes(4), "not in the list"),
        ({"columns": [["a", "<i4", 1]], "words": {"a": [1]}}, bytes(4), "wrong type"),
        ({"columns": [["a", "<f8", 1]], "words": {"a": ["x"]}}, bytes(8), "holds none"),
        ({"columns": [], "words": {"b": ["x"]}}, b"", "holds none"),
    ],
)
def test_an_intact_frame_that_is_none_is_refused(
    tmp_path: Path, head: object, body: bytes, message: str
) -> None:
    (tmp_path / "f").write_bytes(sealed(head, body))
    with pytest.raises(RunError, match=message) as caught:
        list(frames(tmp_path / "f", []))
    assert "\n" not in str(caught.value) and "byte 0" in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(RunError, match="cannot read"):
            list(frames(path, []))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc to count open files in")
def test_no_file_stays_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    written(tmp_path / "f", *four())
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
