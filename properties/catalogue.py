"""`python -m properties.catalogue`: every routine, what it is set, held to and tested with.

docs/routines.md is what this prints; a test asserts that it is up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from inspect import getdoc
from typing import Any

from properties.dtypes import DTYPES
from properties.plants import PLANTS
from properties.registry import routines
from properties.routine import Routine
from reports.record import HONESTY

HEAD = """\
# All routines

Written by `python -m properties.catalogue`. Bounds and reasons of the claims are in
[bounds-table.md](bounds-table.md); dtypes are those a routine is set, which TensorFlow may refuse:
then the outcome is *not offered*."""


def pages() -> str:
    """One section for each routine."""
    sections = ["\n".join(_section(routines()[name])) for name in sorted(routines())]
    shared = "\n".join(["## Faults of every routine", "", *(f"- {plant.name}" for plant in PLANTS)])
    return "\n\n".join([HEAD, *sections, shared]) + "\n"


def _section(routine: Routine) -> Iterator[str]:
    yield f"## {routine.name}"
    yield ""
    yield f"- call: {_called(routine.call)}"
    yield f"- problems: {_told(routine.problems)}"
    if routine.complex_problems is not None:
        yield f"- complex problems: {_told(routine.complex_problems)}"
    yield f"- dtypes: {', '.join(_dtypes(routine))}"
    yield f"- truth: {_told(routine.reference)}"
    yield f"- second opinion: {'SciPy' if routine.rival else 'none'}; " + (
        "audited by mpmath" if routine.audit else "not audited"
    )
    yield f"- claims: {', '.join([*(claim.name for claim in routine.claims), HONESTY])}"
    yield f"- faults: {'; '.join(fault.name for fault in routine.faults)}"


def _dtypes(routine: Routine) -> list[str]:
    """The dtypes in which the routine has problems."""
    real_only = routine.complex_problems is None
    names = [name for name in DTYPES if name in routine.dtypes]
    return [name for name in names if not (real_only and DTYPES[name].is_complex)]


def _called(call: str) -> str:
    """How a person would write the call."""
    module, colon, name = call.partition(":")
    return f"`{name}` of `{module}`" if colon else f"`tf.{call}`"


def _told(function: Callable[..., Any]) -> str:
    """What a function says of itself; a partial one what the whole one says."""
    return _first(getdoc(getattr(function, "func", function)))


def _first(text: str | None) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((text or "").split("\n\n")[0].split())


if __name__ == "__main__":
    sys.stdout.write(pages())
