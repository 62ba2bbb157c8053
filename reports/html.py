"""A run as one offline HTML file: no network, no script, light and dark, fit to print."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reports.cases import array_of, entries_of, share
from reports.figures import count_text, number_text, part_text, plural, share_text
from reports.matrix import matrix
from reports.plain import RunError, printable
from reports.record import OUTCOMES, Finding
from reports.reproduce import reproduction
from reports.run import StatedClaim
from reports.verdict import GATED, RunVerdict
from reports.view import (
    Row,
    anchor,
    counts,
    gaps,
    headline,
    member_counts,
    rows,
    standing,
    worst_members,
)

TEMPLATES = Path(__file__).parent / "templates"
FINDINGS = 100  # told in full; the rest is in the run's folder
ENTRIES = 144  # of an array printed
LOWEST, HIGHEST = -16, 4  # log2 of the shares at the ends of an axis


def html(verdict: RunVerdict, findings: Iterable[Finding] = ()) -> str:
    """The whole page. Everything that came from the run is escaped by the template."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "share": share_text,
        "number": number_text,
        "count": count_text,
        "part": part_text,
        "place": place,
        "line": printable,
    }
    table = matrix(verdict)
    told = [Told(finding) for finding in findings]
    broken = worst_members(verdict, 10, broken=True)
    return environment.get_template("report.html").render(
        verdict=verdict,
        header=verdict.header,
        headline=headline(verdict),
        standing=standing(verdict),
        counts=counts(verdict),
        broken=broken,
        worst=broken or worst_members(verdict, 10, broken=False),
        gaps=gaps(verdict),
        matrix=table,
        dtype_spans=[
            (dtype, len(list(group)))
            for dtype, group in groupby(table.columns, key=lambda column: column[0])
        ],
        routines=[
            (name, list(_claims(list(group))))
            for name, group in groupby(rows(verdict), key=lambda row: row.cell.routine)
        ],
        findings=told[:FINDINGS],
        findings_left=len(told) - len(told[:FINDINGS]),
        told={finding.anchor for finding in told[:FINDINGS]},
        answers=sorted(verdict.summary.answers.items()),
        outcomes=OUTCOMES,
        gated=GATED,
        anchor=anchor,
        member_counts=member_counts,
        plural=plural,
        octaves=range(LOWEST, HIGHEST + 1, 4),
    )


def _claims(group: list[Row]) -> Iterator[tuple[StatedClaim, list[Row]]]:
    for _, cells in groupby(group, key=lambda row: row.cell.claim):
        found = list(cells)
        yield found[0].claim, found


def place(value: float) -> float:
    """Where a share stands on an axis of octaves: 0 to 100, from 2^LOWEST to 2^HIGHEST."""
    if math.isnan(value) or value <= 0:
        return 0.0
    octave = math.log2(value) if math.isfinite(value) else HIGHEST
    return round(100 * (min(max(octave, LOWEST), HIGHEST) - LOWEST) / (HIGHEST - LOWEST), 1)


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
