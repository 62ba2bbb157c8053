"""The folder of a run: its header, the claims it was held to, and whether it finished.

run.json               the header, written once
spool/<worker>.jsonl   what each worker measured (store.py)
findings/<worker>/     the worst member of each broken cell (cases.py)
audited/<worker>.json  how many members mpmath audited, and how many it left out
complete.json          written last; without it the run was interrupted
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
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

FORMAT = 1
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
    bound, because and, where they have any, unless, modes, terms. Others are left alone.
    Raises RunError.
    """
    if take(data, "format", int, where) != FORMAT:
        raise RunError(f"{where}: format {data['format']}, but this version reads {FORMAT}")
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
    return header_from(_header_data(run), str(run / "run.json"))


def _header_data(run: Path) -> Any:
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
    there = _header_data(run)
    header_from(there, str(path))
    differing = [key for key in IDENTITY if there.get(key) != mine.get(key)]
    if differing:
        raise RunError(
            f"{run} holds another run ({', '.join(differing)} differ): choose another folder"
        )


def write_audits(
    run: Path, worker: str, audited: Mapping[str, int], left_out: Mapping[str, int]
) -> None:
    """What one worker had audited by mpmath: members by routine, and those left out by reason."""
    told = {"format": FORMAT, "audited": dict(audited), "left out": dict(left_out)}
    write_text(run / "audited" / f"{worker}.json", dump(told, indent=1) + "\n")


def read_audits(run: Path) -> tuple[Counter[str], Counter[str]]:
    """Members audited by routine and left out by reason, over all workers. Raises RunError."""
    audited: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    for path in sorted((run / "audited").glob("*.json")):
        data = parse(read_text(path, "audits"), str(path))
        for total, key in ((audited, "audited"), (left_out, "left out")):
            counts = take(data, key, dict, str(path))
            total.update({name: expect(n, int, str(path)) for name, n in counts.items()})
    return audited, left_out


def mark_complete(run: Path) -> None:
    """Say that every block of this run was examined; RunError where that cannot be written."""
    write_text(run / "complete.json", dump({"format": FORMAT, "complete": True}) + "\n")


def is_complete(run: Path) -> bool:
    """Whether the run came to its end. A marker that says anything else is an interrupted run."""
    path = run / "complete.json"
    if not path.is_file():
        return False
    data = parse(read_text(path, "marker"), str(path))
    return isinstance(data, dict) and data.get("complete") is True
