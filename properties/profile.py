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


def seed_of(name: str, seed: int) -> int:
    """A seed for each block, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(f"{seed} {name}".encode(), digest_size=8).digest(), "big")
