"""What TensorFlow offers: the public names of its numerical modules, aliases together.

A process of its own runs this module, `python -m properties.symbols`: it needs TensorFlow only.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import tensorflow as tf

SPACES = ("linalg", "math", "nn")  # modules below tf, with all modules inside them
COMPLEX = re.compile(r"complex(64|128)|complex (dtype|number|matri|type|value)")
METHODS = ("GradientTape", "autodiff.ForwardAccumulator")  # classes, for their methods


def symbols() -> list[list[str]]:
    """The names below `tf` of every public symbol, those of one object together.

    A name of a listed module or class speaks for its object and stands first; names of objects
    that are listed nowhere else, such as `tf.stack`, are left out.
    """
    listed = [pair for name in SPACES for pair in _public(name, getattr(tf, name))]
    names: dict[int, list[str]] = {}
    for name, value in listed:
        names.setdefault(id(value), []).append(name)
    for name in dir(tf):
        value = None if name.startswith("_") else getattr(tf, name)
        if id(value) in names:
            names[id(value)].append(name)
    groups = [sorted(group, key=lambda name: ("." not in name, name)) for group in names.values()]
    return sorted([*groups, *_methods()], key=lambda group: group[0].rpartition(".")[::2])


def _public(prefix: str, holder: Any) -> Iterator[tuple[str, Any]]:
    for name in dir(holder):
        value = getattr(holder, name)
        if name.startswith("_"):
            continue
        if isinstance(value, ModuleType):
            yield from _public(f"{prefix}.{name}", value)
        else:
            yield f"{prefix}.{name}", value


def _methods() -> Iterator[list[str]]:
    for path in METHODS:
        holder: Any = tf
        for part in path.split("."):
            holder = getattr(holder, part)
        yield from ([f"{path}.{name}"] for name in dir(holder) if not name.startswith("_"))


def of_complex_numbers(groups: list[list[str]]) -> list[str]:
    """The first names of the symbols whose documentation names complex numbers."""
    return [names[0] for names in groups if COMPLEX.search(_documentation(names[0]))]


def _documentation(name: str) -> str:
    value: Any = tf
    for part in name.split("."):
        value = getattr(value, part)
    return value.__doc__ or ""


if __name__ == "__main__":
    found = symbols()
    told = {"version": tf.__version__, "symbols": found, "complex": of_complex_numbers(found)}
    json.dump(told, sys.stdout)
