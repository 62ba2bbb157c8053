"""One member as reports show it: among the worst of its cell, or broken and not in the ledger."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reports.record import ANSWER, BROKEN, OUTCOMES, Measured
from reports.sample import CONDITIONS, EVERY, K

MESSAGE = 400  # characters kept of what was raised


@dataclass(frozen=True)
class Worst:
    """One member, whole. `known`: the entry of the ledger that explains its break.

    `sizes`, `traits` and `quantities` are what entries of the ledger ask for; `stack` and `member`
    are digests.
    """

    share: float
    broken: bool
    known: str
    stack: str
    member: str
    error: float
    bound: float
    outcome: str
    message: str
    traits: Mapping[str, Any]
    quantities: Mapping[str, float]
    sizes: Mapping[str, int]

    @property
    def new(self) -> bool:
        """Broken, and not in the ledger."""
        return self.broken and not self.known

    @property
    def condition(self) -> float:
        """The condition number to show: kappa where there is one, else the first quantity."""
        for name in (*CONDITIONS, *sorted(self.quantities)):
            if name in self.quantities:
                return self.quantities[name]
        return math.nan

    @property
    def rank(self) -> tuple[Any, ...]:
        """New breaks first, then by share; digests settle ties, so that order means nothing."""
        return not self.new, -self.share, self.member, self.stack


def member_of(measured: Measured, i: int, share: float, known: str) -> Worst:
    """All about one member of a stack; `share` without NaN, as `settled` gives it."""
    records, stack, answers = measured.records, measured.stack, measured.answers
    return Worst(
        share=share,
        broken=bool(records.verdict[i] == BROKEN),
        known=known,
        stack=records.stack,
        member=f"{stack.keys[i]:016x}",
        error=float(records.error[i]),
        bound=float(records.bound[i]),
        outcome=OUTCOMES[answers.outcomes[i]] if answers else ANSWER,
        message=answers.messages.get(i, "")[:MESSAGE] if answers else "",
        traits={name: column[i].item() for name, column in stack.traits.items()},
        quantities={name: float(column[i]) for name, column in stack.quantities.items()},
        sizes=dict(stack.sizes),
    )


@dataclass
class Unexplained:
    """Broken members that the ledger did not explain: the K smallest keys, each with its times.

    A ledger that explains them later finds here all that its entries ask for.
    """

    members: dict[str, tuple[Worst, int]] = field(default_factory=dict)

    @property
    def limit(self) -> int:
        """The largest key that may still be taken."""
        return int(max(self.members), 16) if len(self.members) >= K else EVERY

    def add(self, member: Worst, times: int = 1) -> None:
        """Keep one member, or count it again."""
        there, seen = self.members.get(member.member, (member, 0))
        self.members[member.member] = min(there, member, key=lambda worst: worst.rank), seen + times
        if len(self.members) > K:
            del self.members[max(self.members)]

    def merge(self, other: Unexplained) -> None:
        """Add what another part has kept."""
        for member, times in other.members.values():
            self.add(member, times)
