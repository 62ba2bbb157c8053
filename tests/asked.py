"""What pytest parses of a command line, for tests that need no pytest."""

from __future__ import annotations

from argparse import Namespace
from typing import Any


def asked(**given: Any) -> Namespace:
    """The options that were given, and the others as they are where nobody gives them."""
    return Namespace(
        **{
            "audit": False, "depth": None, "max_examples": None, "replay": None, "run": None,
            "modes": None, "dtypes": None, "device": "CPU:0", "seed": 0, "python": "",
            "rival": [], "member": "", "no_drift": False, "scipy": None,
            "exhaustive": False, "baselines": None, "rows": "sample", "resume": None,
            "budget": None, "shard": None,
        } | given
    )  # fmt: skip
