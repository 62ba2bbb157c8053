"""Complex cases as real ones: every measure is of what complex arrays are embedded as.

See references/embedded.py: the image of an answer is as far from the image of the truth as the
answer is from the truth, part by part.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from properties.routine import Case, Embed, Embedding
from references.embedded import column, matrix
from references.interleaved import hermitian, interleaved
from references.truth import Enclosure

SYSTEM = Embedding((matrix, column), (column,))
MATRIX = Embedding((matrix,), (matrix,))
DEFINITE = Embedding((hermitian,), (interleaved,))
TRIANGULAR = Embedding((interleaved,), (interleaved, interleaved))


def embedded(case: Case, embedding: Embedding) -> Case:
    """The real case of twice the order, to be measured as any other."""
    problem, truth = case.problem, case.truth
    inputs = tuple(f(x) for f, x in zip(embedding.inputs, problem.inputs, strict=True))
    parts = tuple(_part(f, part) for f, part in zip(embedding.answer, truth.parts, strict=True))
    answer = tuple(f(x) for f, x in zip(embedding.answer, case.answer, strict=True))
    return replace(
        case,
        problem=replace(problem, inputs=inputs),
        answer=answer,
        truth=replace(truth, parts=parts),
    )


def real(x: NDArray) -> NDArray:
    """A real answer to complex input, as it is."""
    return x


def number(x: NDArray) -> NDArray:
    """Numbers (B,) as columns [re; im]: (B, 2, 1)."""
    return column(x[:, None, None])


LOGARITHM = Embedding((hermitian,), (real,))
DETERMINANT = Embedding((matrix,), (number,))
PHASE = Embedding((matrix,), (number, number))


def _part(embed: Embed, part: Enclosure) -> Enclosure:
    if not np.iscomplexobj(part.hi):
        return part
    radius = np.empty(part.radius.shape, np.complex128)
    radius.real, radius.imag = part.radius, part.radius
    return Enclosure(embed(part.hi), embed(part.lo), np.abs(embed(radius)), part.exponent)
