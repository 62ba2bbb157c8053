"""Worst cases that machines share: a folder that all of them see, or a Redis server.

`python -m properties.corpus WHERE add RUN...`    keep the findings of runs that are the worst
`python -m properties.corpus WHERE list`          what is kept
`python -m properties.corpus WHERE write FOLDER`  as files, to replay: tox -e replay -- FILE
`python -m properties.corpus WHERE keep`          those that hold, for every gate to set first

WHERE is a folder, or redis://host:port/number. Both are databases of Hypothesis; a search that is
given one (`python -m properties.search ... --corpus WHERE`) also shares the examples there that
Hypothesis aims from. A case is JSON, checked as every finding is; nothing kept is executed or
unpickled, but whoever may write there decides what is set, so neither belongs on an open network.
"""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase

from reports.cases import (
    finding_to_text,
    findings,
    load_finding,
    name_of,
    rank,
    read_finding,
    share,
)
from reports.plain import RunError, write_text
from reports.record import HONESTY, Finding

FIRST = Path(__file__).parent.parent / "reports" / "cases"  # what every gate sets first
WORST = "worst-"  # of a claim that holds; other files there are of the ledger
CASES, EXAMPLES = "worst case", "example"  # what keys begin with
REDIS = ("redis://", "rediss://", "unix://")
LARGEST = 2**20  # bytes of a case: larger ones are left alone
FINE, _, USAGE = range(3)


class Below(ExampleDatabase):
    """The part of a database whose keys begin with some words, for one routine's examples."""

    def __init__(self, database: ExampleDatabase, start: str) -> None:
        super().__init__()
        self._database, self._start = database, start.encode() + b"\0"

    def fetch(self, key: bytes) -> Any:
        """Values of a key."""
        return self._database.fetch(self._start + key)

    def save(self, key: bytes, value: bytes) -> None:
        """Keep a value."""
        self._database.save(self._start + key, value)

    def delete(self, key: bytes, value: bytes) -> None:
        """Keep it no longer."""
        self._database.delete(self._start + key, value)


class Corpus:
    """The worst case of each kind (cell and entry of the ledger), kept in a database."""

    def __init__(self, where: str) -> None:
        """RunError where there is no such server, or none can be asked."""
        self.where = where
        if not where.startswith(REDIS):
            self._database: ExampleDatabase = DirectoryBasedExampleDatabase(where)
            return
        try:
            from hypothesis.extra.redis import RedisExampleDatabase
            from redis import Redis
        except ImportError:
            raise RunError("a corpus in Redis needs its client: pip install redis") from None
        from datetime import timedelta

        with _asked(where):
            server = Redis.from_url(where, socket_timeout=10)
            server.ping()
            self._database = RedisExampleDatabase(
                server, expire_after=timedelta(days=365), key_prefix=b"numerical verification:"
            )

    def worst(self, routine: str) -> dict[str, Finding]:
        """The worst cases of a routine by kind; what is no case is left out."""
        kept: dict[str, Finding] = {}
        for finding in self._read(routine):
            name = name_of(finding)
            if name not in kept or rank(finding) < rank(kept[name]):
                kept[name] = finding
        return dict(sorted(kept.items()))

    def add(self, finding: Finding) -> bool:
        """Keep a case unless a worse one of its kind is there; what it beats is dropped.

        Two machines may keep two at once; the next one drops the better of them.
        """
        key = _key(finding.cell.routine)
        with _asked(self.where):
            same = [f for f in self._read(finding.cell.routine) if name_of(f) == name_of(finding)]
            if any(rank(other) <= rank(finding) for other in same):
                return False
            self._database.save(key, finding_to_text(finding).encode())
            for other in same:
                self._database.delete(key, finding_to_text(other).encode())
        return True

    def examples(self, routine: str) -> ExampleDatabase:
        """Where Hypothesis keeps what it aims a routine's draws from."""
        return Below(self._database, f"{EXAMPLES} {routine}")

    def _read(self, routine: str) -> Iterator[Finding]:
        with _asked(self.where):
            values = list(self._database.fetch(_key(routine)))
        for value in values:
            if len(value) <= LARGEST:
                with suppress(RunError):
                    finding = read_finding(value, self.where)
                    if finding.cell.routine == routine:
                        yield finding


def keep(finding: Finding, folder: Path = FIRST) -> bool:
    """Have every gate set a case first that holds, if it is the worst of its claim so far.

    Whatever machine it is from: of two the worse one stays, in any order.
    """
    cell = finding.cell
    path = (
        folder
        / f"{WORST}{re.sub(r'[^a-z0-9.]+', '-', f'{cell.routine}-{cell.claim}'.lower())}.json"
    )
    if cell.claim == HONESTY or not 0 < share(finding) <= 1:
        return False
    if path.exists() and rank(load_finding(path)) <= rank(finding):
        return False
    write_text(path, finding_to_text(finding))
    return True


def _key(routine: str) -> bytes:
    return f"{CASES} {routine}".encode()


class _asked:  # noqa: N801 - used like a function
    """RunError in place of what a database raises that cannot be asked."""

    def __init__(self, where: str) -> None:
        self._where = where

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, RunError):
            raise RunError(f"corpus {self._where}: {error}") from None


def parser() -> ArgumentParser:
    """The command line."""
    parser = ArgumentParser(
        prog="python -m properties.corpus",
        description=__doc__,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("where", help="a folder, or redis://host:port/number")
    parser.add_argument("what", choices=("add", "list", "write", "keep"))
    parser.add_argument(
        "paths", type=Path, nargs="*", help="runs to add; the folder to write, or to keep in"
    )
    return parser


def main(words: Sequence[str]) -> int:
    """Add, list or write; the exit code."""
    given = parser().parse_args(words)
    if given.what == "write" and len(given.paths) != 1:
        parser().error("write takes one folder")
    from properties.registry import routines

    try:
        corpus = Corpus(given.where)
        if given.what == "add":
            every = [finding for run in given.paths for finding in findings(run).values()]
            print(f"{sum(map(corpus.add, every))} of {len(every)} are worse than what was there")  # noqa: T201
            return FINE
        for routine in routines():
            for name, finding in corpus.worst(routine).items():
                print(f"{share(finding):.3g} {name}")  # noqa: T201
                if given.what == "keep":
                    keep(finding, *given.paths[:1])
                if given.what == "write":
                    write_text(given.paths[0] / name, finding_to_text(finding))
    except RunError as error:
        print(f"corpus: {error}", file=sys.stderr)  # noqa: T201 - the command line answers
        return USAGE
    return FINE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
