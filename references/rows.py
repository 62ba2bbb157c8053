"""Gradients of the steps of a program, without the zeros.

Most steps depend on a few inputs only. A row holds derivatives by those inputs, (k, B): inputs
first, so that what belongs to one member meets it along the last axis and fills whole vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Inputs = tuple[int, ...]


@lru_cache(maxsize=4096)
def places(inputs: Inputs, onto: Inputs) -> slice | list[int]:
    """Where `inputs` stand among `onto`: as a slice if they are neighbours."""
    found = [onto.index(i) for i in inputs]
    start = found[0] if found else 0
    if found == list(range(start, start + len(found))):
        return slice(start, start + len(found))
    return found


def spread(entries: Array, inputs: Inputs, onto: Inputs) -> Array:
    """Entries (k, B) among zeros, for all inputs of `onto`: (K, B)."""
    if inputs == onto:
        return entries
    result = np.zeros((len(onto), entries.shape[-1]))
    if inputs:
        result[places(inputs, onto)] = entries
    return result


def added(terms: Sequence[tuple[Array, Inputs]], onto: Inputs, count: int) -> Array:
    """The sum of rows of `count` members with different inputs, for all inputs of `onto`."""
    if len(terms) == 1 and terms[0][1] == onto:
        return terms[0][0]
    total = np.zeros((len(onto), count))
    for entries, inputs in terms:
        if inputs == onto:
            total += entries
        elif inputs:
            total[places(inputs, onto)] += entries
    return total
