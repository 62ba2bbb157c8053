"""Greedy decoding by hand, in balls, and beside mpmath."""

from __future__ import annotations

import numpy as np

from references.audits import disagreement
from references.audits_numeric import audited
from references.decoders import ctc_greedy_decoder, greedy_in_numbers, path

BEST = [0, 1, 1, 2, 1, 2, 1]  # A B B * B * B


def logits_of(best: list[int], classes: int = 3) -> np.ndarray:
    return np.eye(classes)[best] * 1.5 - 0.25


def test_paths_as_tensorflow_documents_them():
    rows = logits_of(BEST)
    assert path(rows, 2, merge_repeated=True) == [0, 1, 1, 1]
    assert path(rows, -1, merge_repeated=False) == [0, 1, 1, 1, 1]
    assert path(rows, 1, merge_repeated=True) == [0, 2, 2]
    assert path(np.zeros((2, 3)), -1, merge_repeated=True) == [0]  # the first of equal ones


def test_a_stack_by_hand_and_by_mpmath():
    x = np.stack([logits_of(BEST), logits_of(BEST[::-1])])
    length = np.array([[7.0], [2.0]])
    truth = ctc_greedy_decoder(x, length, blank_index=-1, merge_repeated=True)
    paths, total = (np.ldexp(p.hi.T, p.exponent).T for p in truth.parts)
    assert paths.tolist() == [[0, 1, 1, 1, -1, -1, -1], [1, -1, -1, -1, -1, -1, -1]]
    assert total.tolist() == [-8.75, -2.5]
    for i in range(2):
        found = audited(greedy_in_numbers)(x[i], length[i], blank_index=-1, merge_repeated=True)
        assert disagreement(found, truth, i) == 0
