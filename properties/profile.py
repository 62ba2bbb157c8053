"""How Hypothesis draws here: the same problems everywhere, however slow and large."""

from __future__ import annotations

import hashlib

from hypothesis import HealthCheck, Phase, settings

COMPLEX = "complex"  # the blocks of a routine's complex problems, half as long
PROFILE = settings(
    database=None,
    deadline=None,
    print_blob=False,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),  # stacks are large and slow on purpose
    phases=[Phase.generate, Phase.shrink],
)


def examples_of(block: int | str, examples: int) -> int:
    """How many problems a block is set, of the `examples` of a block of real ones.

    A complex one has half as many, four at least: the first is the simplest that there is, and
    with a single other one a transposed inverse went unnoticed.
    """
    return max(4, examples // 2) if str(block).startswith(COMPLEX) else examples


def seed_of(name: str, seed: int) -> int:
    """A seed for each block, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(f"{seed} {name}".encode(), digest_size=8).digest(), "big")
