"""Findings as a page tells them: with what the ledger says by now, arrays as text and a script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from reports.cases import array_of, entries_of, name_of, share
from reports.figures import number_text
from reports.plain import RunError, printable
from reports.record import Finding
from reports.reproduce import reproduction
from reports.verdict import RunVerdict
from reports.view import anchor

ENTRIES = 144  # of an array printed


def as_known_now(finding: Finding, verdict: RunVerdict) -> Finding:
    """The finding with the entries that explain it in today's ledger, not in that of its run."""
    cell = verdict.summary.cells.get(finding.cell)
    if cell is None:
        return finding
    worst = {member.member: member for member in cell.worst}
    now = worst.get(finding.digest)
    if now and now.broken:
        return replace(finding, known=now.known)
    if not finding.known and not cell.new:  # all breaks of its cell are explained by now
        return replace(finding, known=", ".join(sorted(cell.known)))
    return finding


def in_full(listed: Sequence[Told], room: int) -> list[Told]:
    """The findings that there is room to tell in full: in their order, long ones left out."""
    chosen = []
    for item in listed:
        if item.size <= room:
            room -= item.size
            chosen.append(item)
    return chosen


@dataclass(frozen=True)
class Told:
    """A finding with what the page derives from it."""

    finding: Finding

    @cached_property
    def anchor(self) -> str:
        """Where on the page it stands."""
        return anchor("finding", *self.finding.cell[:4], self.finding.known)

    @property
    def share(self) -> float:
        """Its error over its bound."""
        return share(self.finding)

    @property
    def file(self) -> str:
        """What it is stored as."""
        return name_of(self.finding)

    @cached_property
    def size(self) -> int:
        """The bytes that it takes on the page, about."""
        return 3000 + len(self.script) + sum(len(text) for _, text in self.parts)

    @cached_property
    def parts(self) -> list[tuple[str, str]]:
        """Names and arrays as text: inputs, what was got, what is true."""
        finding = self.finding
        groups = {"input": finding.inputs, "got": finding.got, "true": finding.true}
        return [
            (name if len(parts) == 1 else f"{name} {i}", array_text(part))
            for name, parts in groups.items()
            for i, part in enumerate(parts, 1)
        ]

    @property
    def described(self) -> Mapping[str, str]:
        """Traits, condition numbers and arguments, as text."""
        finding = self.finding
        plain = {**finding.traits, **finding.condition, **finding.arguments}
        return {name: _plain(value) for name, value in plain.items()}

    @cached_property
    def script(self) -> str:
        """The reproduction, or why there is none."""
        try:
            return reproduction(self.finding)
        except RunError as error:
            return f"# {error}"


def _plain(value: object) -> str:
    return number_text(value) if isinstance(value, float) else printable(str(value))


def array_text(part: object) -> str:
    """An array as lines of aligned columns, the last axis along a line; long ones cut short."""
    shape, entries = entries_of(part)
    decimal = isinstance(part, Mapping) and part["dtype"] == "decimal"
    texts = entries if decimal else [repr(value) for value in np.ravel(array_of(part)).tolist()]
    width = shape[-1] if shape else 1
    shown = texts[: max(ENTRIES // max(width, 1), 1) * width][: 4 * ENTRIES]
    pad = max((len(text) for text in shown), default=0)
    lines = [
        "  ".join(text.rjust(pad) for text in shown[i : i + width])
        for i in range(0, len(shown), max(width, 1))
    ]
    if len(shown) < len(texts):
        lines.append(f"… {len(texts) - len(shown):,} more entries of the shape {shape}")
    return "\n".join(lines) or f"empty, of the shape {shape}"
