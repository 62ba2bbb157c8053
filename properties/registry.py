"""All routines, found by importing every module of this package."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

import properties
from properties.routine import Routine

# What only a child imports: TensorFlow, JAX and PyTorch stay out of this process.
NEEDS_LIBRARY = (
    "properties.child", "properties.calculus.calls", "properties.chapter.calls",
    "properties.differentiated",
    "properties.linalg.calls", "properties.linalg.operators", "properties.linalg.pullbacks",
    "properties.math.calls", "properties.math.pullbacks", "properties.nn.calls",
    "properties.nn.pullbacks",
    "properties.nn.window_pullbacks", "properties.nn.windows", "properties.rival_jax",
    "properties.rival_jax_functions", "properties.rival_torch", "properties.rival_torch_functions",
    "properties.symbols",
)  # fmt: skip


@cache
def routines() -> dict[str, Routine]:
    """Every routine by name, in alphabetical order.

    The whole package is imported, whatever will be asked for: Hypothesis mixes the constants of
    imported local modules into its draws, so a partial import would change the problems.
    """
    found: dict[str, Routine] = {}
    for info in pkgutil.walk_packages(properties.__path__, "properties."):
        if info.name in NEEDS_LIBRARY:
            continue
        for value in vars(import_module(info.name)).values():
            if isinstance(value, Routine):
                found[value.name] = value
    return dict(sorted(found.items()))
