"""Derivatives of functions of one number as rows of tables, by a tape.

A derivative is a function of numbers too: its row is written as that of a function, under the
function's name, and becomes the routine `<name>.gradient`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flint import arb

from properties.elementwise import Row, Tables, one, routine
from properties.verify import verify
from references.gradients import GRADIENTS
from references.gradients_audits import audited

CALL = "properties.math.calls:gradient"
SLOPES = Tables(GRADIENTS, {}, audited, lambda name: None, (), (9,), volume=0.1, pullback=True)
MOVED = (
    "; beside it what one eps of the argument moves: the derivative at an argument within an eps "
    "is as good as an argument deserves that was rounded itself"
)

# Below twice the smallest normal number a result may come out below it, and is then flushed.
FLUSHED = "min(max(2*flushed*tiny - 1, 0), 1)/eps"


def slope(
    name: str,
    domain: str,
    bound: str,
    because: str,
    *,
    moved: float = 1.0,
    factors: Mapping[str, Any] | None = None,
    beside: str = "",
    **more: Any,
) -> Row:
    """A derivative by its limit in units and what that is made of; what an eps moves is beside."""
    return Row(
        name=name, domain=domain, bound=bound, because=because + MOVED, moved=moved,
        factors={"flushed": one, **(factors or {})},
        beside=" + ".join(filter(None, [beside, FLUSHED])), **more,
    )  # fmt: skip


def near(reach: float) -> Any:
    """One within a distance of zero, nothing beyond: for errors that are absolute there alone."""
    return lambda x, **_: arb(int(abs(x) < reach))


def graded(rows: tuple[Row, ...]) -> Mapping[str, Any]:
    """Routines of derivatives and their tests as names of a module: TANH and test_tanh."""
    found: dict[str, Any] = {}
    for row in rows:
        name = row.name.rpartition(".")[2]
        told = tuple((("of", row.name), *choice) for choice in row.arguments)
        changed = replace(
            row, name=f"{row.name}.gradient", call=CALL, function=name, arguments=told
        )  # fmt: skip
        found[name.upper()] = made = routine(changed, SLOPES)
        found[f"test_{name}"] = verify(made)
    return found
