"""What crosses between parent and child: plain data and arrays, never functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np


class Request(NamedTuple):
    """One call on one stack: everything in it is plain data or a NumPy array."""

    call: str  # dotted name below tf, or module:function
    fault: tuple[str, str] | None  # (routine, name of the fault)
    mode: str  # eager, graph or xla
    device: str
    dtype: str
    arguments: dict[str, Any]
    inputs: tuple[np.ndarray, ...]


class Reply(NamedTuple):
    """`outcome` is a word of reports.record.OUTCOMES; `arrays` are empty unless it is an answer."""

    outcome: str
    arrays: tuple[np.ndarray, ...]
    message: str


class Channel(Protocol):
    """The child's end of the line."""

    def recv(self) -> Any:
        """The next request, or a list of them; EOFError when the parent has hung up."""

    def send(self, reply: Any) -> None:
        """Answer: with a reply, or a list of them."""


class Executor(Protocol):
    """The parent's end of the line: whatever answers requests in a process of its own."""

    def ask(self, request: Request) -> Reply:
        """The reply; a crash or a hang is a reply too."""

    def ask_all(self, requests: Sequence[Request]) -> list[Reply] | None:
        """The replies to several; None where that cost the process, and nobody knows which did."""

    def stop(self) -> None:
        """End the process."""
