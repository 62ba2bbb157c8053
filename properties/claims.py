"""What a run states of every claim that it judges: formulas and reasons, plain data."""

from __future__ import annotations

from collections.abc import Sequence

from properties.judge import BECAUSE_HONESTY
from properties.routine import Routine
from reports.record import HONESTY


def claims_of(routines: Sequence[Routine]) -> list[dict[str, object]]:
    """What the header of a run tells of every claim: formulas and reasons, plain data."""
    stated: list[dict[str, object]] = []
    for routine in routines:
        terms = {}
        for name, term in routine.terms.items():
            for mode, formula in ({"": term} if isinstance(term, str) else term).items():
                terms[f"{name} ({mode})" if mode else name] = formula
        stated += [
            {
                "routine": routine.name,
                "claim": claim.name,
                "bound": claim.bound,
                "unless": claim.unless,
                "because": claim.because,
                "terms": terms,
            }
            for claim in routine.claims
        ]
        stated.append(
            {
                "routine": routine.name,
                "claim": HONESTY,
                "bound": "1 (an error is 0 or infinite)",
                "unless": routine.excused,
                "because": BECAUSE_HONESTY,
                "terms": terms,
            }
        )
    return stated
