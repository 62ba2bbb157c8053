"""How Hypothesis draws here: the same problems everywhere, however slow and large."""

from __future__ import annotations

import hashlib

from hypothesis import HealthCheck, Phase, settings

GATE_DEPTH, AUDIT_DEPTH = 8, 128  # members of a stack
BLOCK = {False: 5, True: 16}  # problems of a block, in a gate and in an audit
EXAMPLES = {False: 10, True: 32}  # problems set to a routine of volume 1
COMPLEX = "complex"  # the blocks of a routine's complex problems, half as long
PROFILE = settings(
    database=None,
    deadline=None,
    print_blob=False,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),  # stacks are large and slow on purpose
    phases=[Phase.generate, Phase.shrink],
)


def examples_of(block: int | str, most: int, wanted: float) -> int:
    """How many problems a block is set: `most`, or fewer where a routine is wanted fewer in all.

    Three at least, for Hypothesis begins with the simplest. A complex block has half as many, four
    at least: with a single other one a transposed inverse went unnoticed.
    """
    examples = min(most, max(3, round(wanted)))
    return max(4, examples // 2) if str(block).startswith(COMPLEX) else examples


def seed_of(name: str, seed: int) -> int:
    """A seed for each block, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(f"{seed} {name}".encode(), digest_size=8).digest(), "big")
