"""What is the implementation's doing, and what the problem's.

A claim whose bound does not grow with the condition number is about the implementation: its break
is nobody else's fault. A claim whose bound does asks whether an answer is as far off as the problem
explains. An answer that holds there is *excused* if it would have broken the bound of the same
problem with a condition number of 1.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from reports.charts_data import BITS, digits
from reports.record import HELD, UNDECIDED, VACUOUS
from reports.run import StatedClaim
from reports.verdict import GATED, RunVerdict
from reports.view import Row, rows

# What a bound may rest on and still say nothing of how sensitive the problem is: sizes, formats,
# arguments, norms, the growth of pivots. A name that is not here speaks for the problem, so that a
# new quantity never blames the implementation by mistake.
PLAIN = re.compile(
    r"[mnk]|eps|tiny|huge|growth|columns|rank|complex|full_matrices|norm(_\w+)?|largest(_\w+)?"
    r"|terms|additions|partial_pivoting|sqrt|min|max|log2?|abs"
)
CONSTANT = re.compile(r"[\d.]+( \(.*\))?")  # as in "1 (an error is 0 or infinite)"
NAME = re.compile(r"[A-Za-z_]\w*")


def allows_for_condition(claim: StatedClaim) -> bool:
    """Whether the bound of a claim, its terms written out, rests on a quantity of the problem."""
    terms: dict[str, list[str]] = {}
    for name, formula in claim.terms:
        terms.setdefault(name.split(" ")[0], []).append(formula)  # "eta (xla)" is eta of one mode
    seen: set[str] = set()
    waiting = [claim.bound]
    while waiting:
        formula = waiting.pop()
        names = set() if CONSTANT.fullmatch(formula) else _names(formula)
        if any(name not in terms and not PLAIN.fullmatch(name) for name in names):
            return True
        for name in names & set(terms) - seen:
            seen.add(name)
            waiting += terms[name]
    return False


def _names(formula: str) -> set[str]:
    """The names in a formula; of text that is none, all its words."""
    try:
        return set(_counting(ast.parse(formula, mode="eval").body))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(NAME.findall(formula))


def _counting(node: ast.AST) -> Iterator[str]:
    """Names, but for those of underflow, and for a condition number that divides."""
    if isinstance(node, ast.Name):
        yield node.id
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        if "tiny" in names:
            return
        if isinstance(node.op, ast.Div) and ast.unparse(node.right) == "kappa":
            yield from _counting(node.left)
            return
    for child in ast.iter_child_nodes(node):
        yield from _counting(child)


@dataclass(frozen=True)
class Counted:
    """One claim over all dtypes and modes of TensorFlow: every member is in one of the counts."""

    claim: StatedClaim
    held: int
    new: int
    known: int
    undecided: int
    vacuous: int
    largest: float
    excuses: bool
    cells: tuple[Row, ...]

    @property
    def compared(self) -> int:
        """Members that held or broke."""
        return self.held + self.new + self.known

    @property
    def broken(self) -> int:
        """Members that broke the claim."""
        return self.new + self.known


def counted(claim: StatedClaim, cells: Sequence[Row]) -> Counted:
    """The counts of one claim."""
    gated = [row.summary for row in cells if row.cell.backend == GATED]
    return Counted(
        claim=claim,
        held=sum(summary.verdicts[HELD] for summary in gated),
        new=sum(summary.new for summary in gated),
        known=sum(summary.known.total() for summary in gated),
        undecided=sum(summary.verdicts[UNDECIDED] for summary in gated),
        vacuous=sum(summary.verdicts[VACUOUS] for summary in gated),
        largest=float(np.fmax.reduce([s.largest for s in gated] or [math.nan])),
        excuses=allows_for_condition(claim),
        cells=tuple(cells),
    )


def by_routine(verdict: RunVerdict) -> list[tuple[str, list[Counted]]]:
    """The claims of each routine, counted, those without a cell too, in reading order."""
    cells: dict[tuple[str, str], list[Row]] = {name: [] for name in verdict.header.claims}
    for row in rows(verdict):
        cells.setdefault((row.cell.routine, row.cell.claim), []).append(row)
    told = [
        (name, counted(found[0].claim if found else verdict.header.claims[name], found))
        for name, found in sorted(cells.items())
    ]
    return [
        (routine, [claim for _, claim in group])
        for routine, group in groupby(told, lambda pair: pair[0][0])
    ]


@dataclass(frozen=True)
class Blame:
    """One routine: its claims on the implementation, and those that allow for the condition.

    `excused`: of `sampled` members that held a claim of the second kind, those that only their
    condition number excuses; `furthest`: the largest error among them in eps, and `left`: the
    fewest digits that one of them keeps.
    """

    routine: str
    plain: tuple[Counted, ...]
    allowing: tuple[Counted, ...]
    sampled: int
    excused: int
    furthest: float
    left: float

    @property
    def word(self) -> str:
        """The reading, in a word or two."""
        if any(claim.broken for claim in self.plain):
            return "implementation"
        if any(claim.broken for claim in self.allowing):
            return "more than the condition"
        if not any(claim.compared for claim in (*self.plain, *self.allowing)):
            return "nothing compared"
        return "the problem's condition" if self.excused else "accurate"


def blame(routine: str, claims: Sequence[Counted]) -> Blame:
    """Who is to blame for the errors of a routine."""
    allowing = tuple(claim for claim in claims if claim.excuses)
    sampled = excused = 0
    furthest, left = 0.0, math.inf
    for row in (row for claim in allowing for row in claim.cells if row.cell.backend == GATED):
        sample = row.summary.sample
        held = np.flatnonzero((sample.verdict == HELD) & np.isfinite(sample.condition))
        worse = held[sample.share[held] * sample.condition[held] > 1]
        sampled += len(held)
        excused += len(worse)
        if len(worse):
            error = float(sample.error[worse].max())
            furthest = max(furthest, error)
            if row.cell.dtype in BITS:
                left = min(left, digits(error, row.cell.dtype))
    plain = tuple(claim for claim in claims if not claim.excuses)
    return Blame(routine, plain, allowing, sampled, excused, furthest, left)
