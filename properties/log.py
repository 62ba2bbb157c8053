"""What happened to a run, for a person who comes back after days: log/<worker>.log in its folder.

Every line names the moment in UTC. A block that begins and one that is done, a call that crashed or
hung with the input that it was asked, a finding with its file, whatever ended a block early.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from pathlib import Path

FOLDER = "log"
LENGTH = 400  # characters of a line: a recipe may hold a whole function


class Handler(logging.FileHandler):
    """Lines of one worker. A disk that is full stops the run elsewhere, which says so."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, how bad it is, and one printable line."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        text = "".join(c if c.isprintable() else " " for c in record.getMessage())
        return f"{moment} {record.levelname.lower()} {text[:LENGTH]}"

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Leave out the line."""


def quiet() -> logging.Logger:
    """A log that is kept nowhere."""
    log = logging.Logger("properties")  # noqa: LOG001 - one a session, known to nobody else
    log.addHandler(logging.NullHandler())
    return log


def opened(run: Path, worker: str) -> logging.Logger:
    """The log of a worker, or one that is kept nowhere if its file cannot be made."""
    log = quiet()
    log.setLevel(logging.INFO)
    path = run / FOLDER / f"{worker}.log"
    try:
        path.parent.mkdir(exist_ok=True)
        log.addHandler(Handler(path, encoding="utf-8", errors="backslashreplace"))
    except OSError:
        return quiet()
    return log


def closed(log: logging.Logger) -> None:
    """Let go of the file; what a full disk does not take is left out."""
    for handler in log.handlers:
        with suppress(OSError):
            handler.close()
