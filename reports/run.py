"""The folder of a run: its header, the claims it was held to, and whether it finished.

run.json               the header, written once
spool/<worker>.frames  what each worker measured, while the run lasts (store.py)
cells.frames           all of it added up, once the run is concluded (conclude.py)
sample.parquet         members of every cell, for other tools (parquet.py); rows.parquet: all
findings/<worker>/     the worst member of each broken cell (cases.py)
blocks/<worker>.jsonl  the blocks that it finished, and what mpmath audited (blocks.py)
complete.json          written last; without it the run was interrupted

docs/store.md explains every field.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reports.plain import (
    RunError,
    dump,
    expect,
    named_words,
    parse,
    read_text,
    take,
    words,
    write_text,
)

FORMAT = 3
WHOLE = "cells.frames"
IDENTITY = ("format", "commit", "seed", "versions", "claims")  # what one run cannot mix


@dataclass(frozen=True)
class StatedClaim:
    """A claim as the header tells it: formulas and words, nothing that can be called.

    `terms`: the named formulas that `bound` and `unless` are written in. `modes`: where the
    claim applies; empty means everywhere.
    """

    routine: str
    claim: str
    bound: str
    because: str
    unless: str = ""
    modes: tuple[str, ...] = ()
    terms: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Header:
    """What a run was: enough to repeat it, and the reasons behind every number in it."""

    versions: Mapping[str, str]
    device: str
    cpu: tuple[str, ...]
    flags: Mapping[str, str]
    commit: str
    seed: str
    started: str
    argv: tuple[str, ...]
    claims: Mapping[tuple[str, str], StatedClaim]
    ledger: Mapping[str, str]  # a fingerprint of each entry that breaks were matched with
    part: str  # "shard 2/8", say, where the run may leave claims to others; empty of a whole run

    @property
    def tensorflow(self) -> str:
        """The version of TensorFlow, by whichever of its packages is installed."""
        names = ("tensorflow", "tensorflow-cpu", "tf-nightly")
        return next((self.versions[name] for name in names if name in self.versions), "unknown")

    @property
    def environment(self) -> dict[str, str]:
        """Names and values, in the order in which a person asks for them."""
        return {
            **self.versions,
            "device": self.device,
            "processor features": " ".join(self.cpu),
            **self.flags,
            "commit": self.commit,
            "seed": self.seed,
            "started": self.started,
            "command": " ".join(self.argv),
        }


def header_from(data: Any, where: str = "header") -> Header:
    """A header from plain data.

    Keys: versions, flags (objects of strings); device, commit, started (strings); seed (a string
    or an integer); cpu, argv (lists of strings); claims, a list of objects with routine, claim,
    bound, because and, where they have any, unless, modes, terms; ledger (an object of strings) and
    part (a string), which may be missing. Others are left alone. Raises RunError.
    """
    check_format(data, where)
    claims = [_claim(entry, where) for entry in take(data, "claims", (list, tuple), where)]
    return Header(
        versions=named_words(take(data, "versions", dict, where), where),
        device=take(data, "device", str, where),
        cpu=words(take(data, "cpu", (list, tuple), where), where),
        flags=named_words(take(data, "flags", dict, where), where),
        commit=take(data, "commit", str, where),
        seed=str(take(data, "seed", (str, int), where)),
        started=take(data, "started", str, where),
        argv=words(take(data, "argv", (list, tuple), where), where),
        claims={(claim.routine, claim.claim): claim for claim in claims},
        ledger=named_words(data.get("ledger", {}), where),
        part=expect(data.get("part", ""), str, where),
    )


def check_format(data: Any, where: str) -> None:
    """RunError unless a file of a run is of the format that this version reads."""
    found = take(data, "format", int, where)
    if found != FORMAT:
        age = "a newer" if found > FORMAT else "an older"
        raise RunError(
            f"{where}: format {found} is {age} version's, this one reads {FORMAT}: "
            "read the run with the checkout that wrote it"
        )


def _claim(data: Any, where: str) -> StatedClaim:
    where = f"{where}: claims"
    routine, claim, bound, because = (
        take(data, key, str, where) for key in ("routine", "claim", "bound", "because")
    )
    return StatedClaim(
        routine,
        claim,
        bound,
        because,
        expect(data.get("unless", ""), str, where),
        words(data.get("modes", ()), where),
        tuple(named_words(data.get("terms", {}), where).items()),
    )


def read_header(run: Path) -> Header:
    """The header of a run; RunError where the folder holds none that can be read."""
    return header_from(header_data(run), str(run / "run.json"))


def header_data(run: Path) -> Any:
    """The same as plain data, unchecked."""
    if not (run / "run.json").is_file():
        raise RunError(f"{run} is not a run: it holds no run.json")
    return parse(read_text(run / "run.json", "header"), str(run / "run.json"))


def write_header(run: Path, header: Mapping[str, Any]) -> None:
    """Write the header once; RunError if the folder already holds another run's.

    All workers call this. The first one's file stays; the others compare theirs with it.
    """
    mine = parse(dump({"format": FORMAT, **header}), "header")
    header_from(mine)
    path = run / "run.json"
    if not path.exists():
        draft = run / f".run.{os.getpid()}.json"
        write_text(draft, dump(mine, indent=1) + "\n")
        try:
            os.link(draft, path)  # unlike a rename, this fails where another worker was faster
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            draft.replace(path)
        draft.unlink(missing_ok=True)
    there = header_data(run)
    header_from(there, str(path))
    differing = [key for key in IDENTITY if there.get(key) != mine.get(key)]
    if differing:
        raise RunError(
            f"{run} holds another run ({', '.join(differing)} differ): choose another folder"
        )


@dataclass(frozen=True)
class Marker:
    """What complete.json says: whether the run is whole, or why not, and the files it left."""

    complete: bool = False
    reasons: tuple[str, ...] = ()
    files: Mapping[str, int] = field(default_factory=dict)  # bytes, by name


def mark_complete(run: Path, reasons: Sequence[str] = (), files: Sequence[str] = ()) -> None:
    """Say that a run is concluded: whole, or lacking something; RunError if it cannot be written.

    `files`: those that were written of the whole run, which may not change any more.
    """
    sizes = {name: (run / name).stat().st_size for name in files}
    told = {"format": FORMAT, "complete": not reasons, "reasons": list(reasons), "files": sizes}
    write_text(run / "complete.json", dump(told, 1) + "\n")


def marker(run: Path) -> Marker:
    """How a run ended. RunError where that is not readable; an interrupted run has said nothing."""
    path = run / "complete.json"
    if not path.is_file():
        return Marker(reasons=("the run did not come to its end",))
    where = str(path)
    data = parse(read_text(path, "marker"), where)
    check_format(data, where)
    sizes = take({"files": {}, **data}, "files", dict, where)
    return Marker(
        take(data, "complete", bool, where),
        words(data.get("reasons", ()), where),
        {name: expect(size, int, where) for name, size in sizes.items()},
    )


def lacking(run: Path) -> list[str]:
    """Why a run is not whole: how it ended, and what happened to its files since."""
    end = marker(run)
    lines = list(end.reasons)
    for name, size in end.files.items():
        path = run / name
        found = path.stat().st_size if path.is_file() else None
        if found is None:
            lines.append(f"{name} is missing")
        elif found != size:
            lines.append(f"{name} is damaged: {found} bytes of {size}")
    return lines
