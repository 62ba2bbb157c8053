"""Greedy decoding and all paths by hand, in balls, and beside mpmath."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb

from references.alignments import probability, shares
from references.audits import disagreement
from references.audits_numeric import audited
from references.beams import beam_in_numbers, ctc_beam_search_decoder, logarithms, words
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


def values(truth) -> list[np.ndarray]:
    return [np.ldexp(part.hi.T, part.exponent).T for part in truth.parts]


def test_all_sequences_of_two_frames_by_hand():
    found = words([[arb(0.25), arb(0.75)], [arb(0.5), arb(0.5)]])
    assert {word: float(chance) for word, chance in found.items()} == {(): 0.375, (0,): 0.625}
    logs = logarithms(found)
    assert [float(logs[word]) for word in ((), (0,))] == pytest.approx(np.log([0.375, 0.625]))


def test_sequences_have_the_probabilities_of_losses_and_add_up_to_one():
    rows = [shares(row) for row in np.random.default_rng(0).normal(size=(4, 4)).tolist()]
    found = words(rows)
    # three of one label take five frames, and four labels take no repetition
    assert len(found) == 1 + 3 + 9 + (27 - 3) + 3 * 2**3
    for word, chance in found.items():
        assert chance.overlaps(probability(rows, word, 3))
    assert sum(found.values(), arb(0)).overlaps(arb(1))


def test_paths_of_a_stack_by_mpmath():
    x = np.random.default_rng(1).normal(size=(4, 3, 4)) * [[[1.0]], [[1e3]], [[1e8]], [[0.0]]]
    length = np.array([[3.0], [3.0], [2.0], [3.0]])
    truth = ctc_beam_search_decoder(x, length, beam_width=64, top_paths=2)
    paths, logs = values(truth)
    assert np.isinf(truth.quantities["closeness"].upper).tolist() == [False, False, False, True]
    assert np.isinf(truth.parts[0].radius[3]).all()  # which of equals is not told
    assert (logs[:, 0] >= logs[:, 1]).all()
    for i in range(4):
        inputs = x[i], length[i]
        found = audited(beam_in_numbers)(*inputs, beam_width=64, top_paths=2)
        assert disagreement(found, truth, i) == 0
        if i < 3:
            path, log = beam_in_numbers(*inputs, beam_width=64, top_paths=2)
            assert path.tolist() == paths[i].tolist()
            assert log == pytest.approx(logs[i], abs=1e-12)


def test_what_nothing_is_near_is_bounded_by_its_own_error():
    x = np.array([[[0.0, 30.0, 0.0]] * 2])
    truth = ctc_beam_search_decoder(x, np.array([[2.0]]), beam_width=32, top_paths=1)
    assert truth.quantities["closeness"].upper[0] < 100
    assert values(truth)[0].tolist() == [[[1, -1]]]
