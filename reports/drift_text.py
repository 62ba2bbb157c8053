"""Drift in words: what moved, by how much, on which input, and what it was compared with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from reports import readings
from reports.baseline import HERE, Baseline, chosen, platforms_of
from reports.cases import findings
from reports.drift import Drift, Drifts, compare
from reports.figures import number_text, plural, share_text
from reports.record import Cell
from reports.run import Header

DRIFT = "drift"  # below a run: for each cell that regressed the member that grew most


def drifts_of(run: Path, header: Header, folder: Path = HERE) -> Drifts | None:
    """A run beside the nearest baseline; None for a run that set no stored recipes."""
    measured = readings.readings_of(run)
    if not measured:
        return None
    names = platforms_of(header)
    baseline = chosen(folder, names)
    if baseline is None:
        why = (
            f"no baseline for {' or '.join(names)}: this gate rests on the bounds alone; "
            "`python -m reports accept RUN` makes one"
        )
        return Drifts(notes=(why,))
    parts = [compare(of_routine, baseline) for of_routine in measured.values()]
    return Drifts(
        baseline.name,
        tuple(drift for part in parts for drift in part.cells),
        tuple(where for part in parts for where in part.changed),
        (*_standing(baseline, names, header), *(note for part in parts for note in part.notes)),
        {finding.cell: str(path) for path, finding in findings(run / DRIFT).items()},
        baseline.stands_in,
    )


def _standing(baseline: Baseline, names: tuple[str, ...], header: Header) -> Iterator[str]:
    if baseline.stands_in:
        yield (
            f"compared with the baseline {baseline.name}, for there is none of {names[0]}: what is "
            "worse may be the processor's doing and fails nothing; accept a run to have one"
        )
    versions = sorted(set(baseline.versions.values()) - {header.tensorflow})
    if versions:
        yield f"the baseline {baseline.name} was accepted of TensorFlow {', '.join(versions)}"


def told(drifts: Iterable[Drift], files: Mapping[Cell, str] | None = None) -> Iterator[str]:
    """A line for each cell, with the file to replay where there is one."""
    for drift in drifts:
        file = (files or {}).get(drift.cell)
        replay = f"; replay {file}" if file else ""
        yield f"{' '.join(drift.cell[:4])}: {sentence(drift)}{replay}"


def sentence(drift: Drift) -> str:
    """What moved, and by how much."""
    now, before = drift.now, drift.before
    if not now.compared:
        return f"nothing compared, where the baseline has {plural(before.compared, 'comparison')}"
    pairs = (("median", before.median, now.median), ("worst", before.worst, now.worst))
    shares = ", ".join(f"{name} {share_text(a)} -> {share_text(b)}" for name, a, b in pairs)
    text = f"{drift.worse} worse, {drift.better} better of {now.compared}; share {shares}"
    if drift.example is not None:
        example = drift.example
        text += (
            f"; {example.digest}: {number_text(example.error)} eps, "
            f"up to {number_text(example.before)} before"
        )
    return text


def changed_text(drifts: Drifts) -> str:
    """Which answers have other bits, in one line; empty where none has."""
    routines = sorted({routine for routine, _, _ in drifts.changed})
    if not routines:
        return ""
    return (
        f"other bits than accepted in {plural(len(drifts.changed), 'set')} of answers, of "
        f"{', '.join(routines)}: no loss by itself"
    )


def sections(drifts: Drifts | None) -> list[tuple[str, list[str]]]:
    """What a report tells of drift, by title, gravest first; titles without lines are left out."""
    if drifts is None:
        return []
    changed = changed_text(drifts)
    compared = f"{plural(len(drifts.cells), 'cell')} compared with the baseline {drifts.baseline}"
    told_also = [compared] if drifts.cells else []
    parts = (
        ("Regressed", list(told(drifts.regressions, drifts.files))),
        ("Worse than on another platform", list(told(drifts.grown)) if drifts.stands_in else []),
        ("Improved", list(told(drifts.improvements))),
        ("Drift", [*told_also, *([changed] if changed else []), *drifts.notes]),
    )
    return [(title, lines) for title, lines in parts if lines]
