"""JSON in and out, checked. What comes from a file is data, and may be anyone's."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


class RunError(Exception):
    """Something that cannot be used: one line that says what, where and what to do."""

    def __str__(self) -> str:
        return printable(" ".join(str(part) for part in self.args))


def printable(text: str, length: int = 400) -> str:
    """One line without control characters (a message may hold terminal escapes), cut short."""
    line = "".join(c if c.isprintable() else " " for c in text)
    line = " ".join(line.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def dump(value: Any, indent: int | None = None) -> str:
    """JSON, ASCII only; floats by repr, hence exact; NaN and infinities as Python spells them."""
    return _COMPACT.encode(value) if indent is None else _written(indent).encode(value)


def _written(indent: int | None) -> json.JSONEncoder:
    separators = (",", ":") if indent is None else (",", ": ")
    return json.JSONEncoder(default=_plain, separators=separators, indent=indent)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not plain data")


_COMPACT = _written(None)  # made once: lines and heads are many


def parse(text: str, where: str) -> Any:
    """JSON as Python sees it; RunError for anything else, however deep or large."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RunError(f"{where}: not readable as JSON ({error})") from None


def frozen(value: Any) -> Any:
    """Lists as tuples, all the way down: what was a tuple before it was written."""
    if isinstance(value, list | tuple):
        return tuple(frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: frozen(item) for key, item in value.items()}
    return value


def take(mapping: Any, key: str, kind: type | tuple[type, ...], where: str) -> Any:
    """`mapping[key]` if it is of that kind, else RunError."""
    if not isinstance(mapping, dict):
        raise RunError(f"{where}: expected an object, found {type(mapping).__name__}")
    if key not in mapping:
        raise RunError(f"{where}: {key!r} is missing")
    return expect(mapping[key], kind, f"{where}: {key!r}")


def expect(value: Any, kind: type | tuple[type, ...], where: str) -> Any:
    """The value if it is of that kind (a bool is no number), else RunError."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise RunError(f"{where} has the wrong type ({type(value).__name__})")
    return value


def words(value: Any, where: str) -> tuple[str, ...]:
    """A list of strings, as a tuple."""
    return tuple(expect(word, str, where) for word in expect(value, (list, tuple), where))


def named_words(value: Any, where: str) -> dict[str, str]:
    """An object whose values are strings."""
    return {name: expect(word, str, where) for name, word in expect(value, dict, where).items()}


def number(value: Any, where: str) -> float:
    """A float, NaN and infinities included."""
    try:
        return float(expect(value, (int, float), where))
    except OverflowError:
        raise RunError(f"{where}: a number beyond float64") from None


def numbers(value: Any, where: str) -> NDArray[np.float64]:
    """A column of floats."""
    column = expect(value, list, where)
    return np.array([number(entry, where) for entry in column], dtype=np.float64)


def column(value: Any, where: str) -> NDArray:
    """A column of words, or of numbers, integers kept as such where all are."""
    entries = expect(value, list, where)
    kinds = {type(entry) for entry in entries}
    if kinds in ({str}, {bool}):
        return np.array(entries)
    if kinds == {int} and all(abs(entry) < 2**63 for entry in entries):
        return np.array(entries, dtype=np.int64)
    return numbers(entries, where)


def read_text(path: Path, what: str) -> str:
    """A whole small file; RunError where there is none or it is no text."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise RunError(f"{path} is no {what}: not UTF-8 text") from None
    except (OSError, ValueError) as error:
        raise RunError(f"{path} is no readable {what} ({reason(error)})") from None


def write_text(path: Path, text: str) -> None:
    """The whole file or nothing of it, in UTF-8; what no encoding holds becomes a ?."""
    write_bytes(path, text.encode(errors="replace"))


def write_bytes(path: Path, content: bytes) -> None:
    """The whole file or nothing of it: written beside its place, then renamed into it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        draft = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            draft.chmod(0o644)
            draft.replace(path)
        except BaseException:
            draft.unlink()
            raise
    except (OSError, ValueError) as error:
        raise unwritable(path, error) from None


def unwritable(path: Path, error: Exception) -> RunError:
    """What to say when a file cannot be written."""
    return RunError(
        f"cannot write {path} ({reason(error)}): free some space or choose another folder"
    )


def reason(error: Exception) -> str:
    """The system's own words for an error, without the path."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
