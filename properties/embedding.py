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
    of_answer = embedding.answer[: len(truth.parts)]  # values may come without vectors
    parts = tuple(_part(f, part) for f, part in zip(of_answer, truth.parts, strict=True))
    answer = tuple(f(x) for f, x in zip(of_answer, case.answer, strict=True))
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


def twice(w: NDArray) -> NDArray:
    """Eigenvalues or singular values (B, n), each as the two that it becomes: itself, twice.

    An answer with an imaginary part is none of either. Its two are that far above and
    below, in this order: further from the truth, and not in ascending order.
    """
    apart = np.stack([w.real + np.abs(w.imag), w.real - np.abs(w.imag)], axis=-1)
    return apart.reshape(len(w), -1)


HERMITIAN = Embedding((hermitian,), (twice, interleaved))
HERMITIAN_VALUES = Embedding((hermitian,), (twice,))
SINGULAR = Embedding((interleaved,), (twice, interleaved, interleaved))
LOGARITHM = Embedding((hermitian,), (real,))
DETERMINANT = Embedding((matrix,), (number,))
PHASE = Embedding((matrix,), (number, number))


def _part(embed: Embed, part: Enclosure) -> Enclosure:
    if not np.iscomplexobj(part.hi):
        return Enclosure(embed(part.hi), embed(part.lo), embed(part.radius), part.exponent)
    radii = np.zeros((2, *part.radius.shape), np.complex128)
    radii[0].real, radii[1].imag = part.radius, part.radius
    radius = np.abs(embed(radii[0])) + np.abs(embed(radii[1]))  # of real and of imaginary parts
    return Enclosure(embed(part.hi), embed(part.lo), radius, part.exponent)
