"""Recipes: the same bytes on every processor, and structures that are what they are called."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from properties import gallery
from properties.bits import Bits
from properties.dtypes import DTYPES
from properties.logits import LOGITS
from properties.makers import MATRICES, log2_cut
from properties.matrices import CONDITIONED, SYMMETRIC, on_grid, power_of_two, product
from properties.recipes import problem

SOLVER = (("fast", False), ("l2_regularizer", 0.0))
# Taken on one processor; another that generates other bytes fails here.
DIGESTS = {
    (
        "general",
        8,
        (5,),
        "geometric",
        20,
        8,
        "float32",
        1,
        (("adjoint", False),),
    ): "a1a1afb7eb84f893",
    (
        "general",
        8,
        (8,),
        "log-uniform",
        50,
        480,
        "float64",
        4294967295,
        (("adjoint", False),),
    ): "e4f38486b5f2293c",
    (
        "general",
        8,
        (3,),
        "clustered",
        10,
        0,
        "bfloat16",
        77,
        (("adjoint", False),),
    ): "e2883a2e48977f29",
    (
        "general",
        8,
        (16,),
        "graded rows",
        13,
        2,
        "float16",
        12345,
        (("adjoint", False),),
    ): "4d1427b501ab69dc",
    ("general", 8, (8,), "kahan", 0, 1023, "float64", 3, (("adjoint", False),)): "a12d232c12a4f17f",
    ("general", 8, (5,), "hilbert", 0, 8, "float32", 4, (("adjoint", False),)): "0fb7724f01f477fe",
    (
        "general",
        8,
        (5,),
        "rank deficient",
        0,
        0,
        "float32",
        5,
        (("adjoint", False),),
    ): "bcfe289c0197d100",
    (
        "systems",
        8,
        (5, 3),
        "arithmetic",
        26,
        40,
        "float32",
        6,
        (("adjoint", False),),
    ): "1d5418b533670a1d",
    ("symmetric", 8, (8,), "one tiny", 40, 100, "float64", 7): "6fa8d96b7ac8ae37",
    ("symmetric", 8, (5,), "graded", 20, 8, "float32", 8): "ffa063377035dc04",
    ("definite", 8, (5,), "geometric", 20, 8, "float32", 1): "cf205fc8d17ed525",
    ("definite", 8, (8,), "graded", 40, 100, "float64", 2): "25da64ecdbf8118b",
    ("least squares", 8, (8, 3, 1), "pairs", 20, 50, "float32", 9, SOLVER): "88fab30bdcdda5b2",
    ("least squares", 8, (3, 5, 1), "design", 0, 8, "float64", 10, SOLVER): "e6b0b4e22ef6fdc6",
    ("rectangular", 8, (8, 8), "gap", 0, 8, "float32", 11): "e5ac00b049641f0a",
    ("logits", 8, (3, 5), "underflow", 0, 0, "float64", 12, (("axis", 1),)): "b20dabb5027c3651",
    ("logits", 8, (8,), "neighbours", 0, 3, "bfloat16", 13, (("axis", -1),)): "c6c1403f789bc6e5",
}


@pytest.mark.parametrize("recipe", DIGESTS, ids=lambda recipe: f"{recipe[0]}, {recipe[3]}")
def test_bytes_are_the_same_on_every_processor(recipe: tuple) -> None:
    assert problem(recipe).digest == DIGESTS[recipe]


def test_bytes_do_not_depend_on_vector_instructions() -> None:
    """NumPy and compiled kernels without the instruction sets found on this processor."""
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    script = f"""from properties.recipes import problem
for recipe in {list(DIGESTS)}:
    print(problem(recipe).digest)"""
    environment = os.environ | {"NPY_DISABLE_CPU_FEATURES": " ".join(found), "PYTHONPATH": "."}
    environment |= {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    plain = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert plain.stdout.split() == list(DIGESTS.values())


def test_words_are_those_of_a_plain_implementation() -> None:
    def mixed(word: int) -> int:
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            word = (word ^ word >> shift) * factor % 2**64
        return word ^ word >> 31

    golden = 0x9E3779B97F4A7C15
    start = int.from_bytes(hashlib.blake2b(b"9 name", digest_size=8).digest(), "little")
    expected = [
        [mixed((mixed((start + member * golden) % 2**64) + j * golden) % 2**64) for j in (1, 2, 3)]
        for member in (4, 0)
    ]
    assert Bits(9, np.array([4, 0])).words("name", (3,)).tolist() == expected


def test_integers_fill_their_range_evenly() -> None:
    counts = np.bincount(Bits(1, np.arange(100)).integers("x", (1000,), 0, 9).ravel())
    assert len(counts) == 10
    assert np.all(np.abs(counts - 10_000) < 500)  # five standard deviations


def test_numbers_of_every_kind_come_from_the_words() -> None:
    bits, shape = Bits(5, np.array([0, 7, 3])), (4, 5)
    words = bits.words("x", shape)
    whole = -6 + ((words >> np.uint64(32)) * np.uint64(16) >> np.uint64(32)).astype(np.int64)
    assert (bits.integers("x", shape, -6, 9) == whole).all()
    assert (bits.integers("x", shape, np.full(shape, -6), 9) == whole).all()
    assert (bits.odds("x", shape, 8) == 2 * (whole - 2) + 1).all()
    signs = np.where(words >> np.uint64(63) == 1, -1.0, 1.0)
    assert (bits.signs("x", shape) == signs).all()
    size = np.ldexp(((words >> np.uint64(40)) | np.uint64(1)).astype(np.float64), -24)
    assert (bits.dyadics("x", shape, 24) == size * bits.signs("x, signs", shape)).all()


def test_powers_are_within_an_ulp() -> None:
    exponents = np.arange(-160, 160)
    np.testing.assert_allclose(power_of_two(exponents), 2.0 ** (exponents / 16), rtol=1e-15)


@pytest.mark.parametrize("n", range(1, 12))
def test_sums_run_by_halves(n: int) -> None:
    """The second half is added to the first, an odd last term to the first one."""

    def total(terms: list[float]) -> float:
        while len(terms) > 1:
            half = len(terms) // 2
            folded = [a + b for a, b in zip(terms[:half], terms[half : 2 * half], strict=True)]
            folded[0] += terms[-1] if len(terms) % 2 else 0.0
            terms = folded
        return terms[0]

    a = Bits(2, np.arange(9)).dyadics("a", (3, n), 53)
    b = Bits(2, np.arange(9)).dyadics("b", (n, 2), 53)
    expected = [
        [[total((row * column).tolist()) for column in right.T] for row in left]
        for left, right in zip(a, b, strict=True)
    ]
    assert product(a, b).tolist() == expected


@pytest.mark.parametrize("structure", CONDITIONED)
@pytest.mark.parametrize("sizes", [(8, 8), (7, 3), (3, 7), (2, 2)], ids=str)
def test_conditions_are_as_asked(structure: str, sizes: tuple[int, int]) -> None:
    p = problem(("rectangular", 64, sizes, structure, 40, 100, "float64", 5))
    assert np.ptp(p.traits["log2_condition"]) > 20
    values = np.linalg.svd(p.inputs[0], compute_uv=False)
    found = np.log2(values[:, 0] / values[:, -1])
    np.testing.assert_allclose(found, p.traits["log2_condition"], atol=0.1)
    np.testing.assert_allclose(np.log2(values[:, 0]), p.traits["log2_scale"], atol=1e-6)


def test_seven_in_eight_are_definite_where_that_is_asked() -> None:
    for structure in ("diagonal", "log-uniform", "graded"):
        (a,) = problem(("definite", 512, (6,), structure, 10, 0, "float64", 5)).inputs
        lower = np.tril(a) + np.swapaxes(np.tril(a, -1), 1, 2)
        assert 0.84 < np.mean(np.linalg.eigvalsh(lower)[:, 0] > 0) < 0.92


@pytest.mark.parametrize("structure", SYMMETRIC)
def test_symmetric_conditions_are_as_asked(structure: str) -> None:
    p = problem(("symmetric", 64, (8,), structure, 40, 100, "float64", 5))
    (a,) = p.inputs
    garbage = p.traits["garbage"]
    assert 4 < garbage.sum() < 32
    lower = np.tril(a) + np.swapaxes(np.tril(a, -1), 1, 2)
    np.testing.assert_array_equal(a[~garbage], lower[~garbage])
    assert all(np.any(a[i] != lower[i]) for i in np.flatnonzero(garbage))
    magnitudes = np.sort(np.abs(np.linalg.eigvalsh(lower)), axis=1)
    found = np.log2(magnitudes[:, -1] / magnitudes[:, 0])
    tolerance = 2.0 if structure == "graded" else 0.1
    np.testing.assert_allclose(found, p.traits["log2_condition"], atol=tolerance)


def test_scaling_keeps_every_entry_normal_or_makes_it_zero() -> None:
    array = np.array([[1.0, 2.0**-3], [1.0, 2.0**-300], [0.0, -0.0]])
    scaled, scale = on_grid(array, DTYPES["float16"], np.array([-13, 99, 5]))
    assert scale.tolist() == [-11, 15, 5]
    assert scaled.tolist() == [[2.0**-11, 2.0**-14], [2.0**15, 0.0], [0.0, 0.0]]
    assert np.signbit(scaled[2]).tolist() == [False, True]


@pytest.mark.parametrize("name", list(DTYPES)[:3])
def test_rounding_onto_a_grid_is_to_nearest(name: str) -> None:
    grid = DTYPES[name]
    array = Bits(3, np.arange(50)).dyadics("x", (40,), 53)
    rounded, _ = on_grid(array, grid, np.zeros(50, dtype=np.int64))
    normal = np.abs(array).min(axis=1) > grid.tiny
    half = np.ldexp(grid.eps / 4, np.frexp(array)[1])
    assert np.all(np.abs(rounded - array)[normal] <= half[normal])


def test_structures_are_what_their_names_say() -> None:
    bits = Bits(11, np.arange(16))
    n = 6
    for structure in ("unimodular", "frank", "pascal"):
        determinant = np.linalg.det(MATRICES[structure](bits, n, n))
        np.testing.assert_allclose(np.abs(determinant), 1.0, rtol=1e-6)
    ranks = np.linalg.matrix_rank(gallery.rank_deficient(bits, n, 5))
    assert set(ranks.tolist()) <= {2, 3, 4} and len(set(ranks.tolist())) > 1
    values = np.linalg.eigvalsh(gallery.repeated(bits, n, n))
    np.testing.assert_allclose(values[:, 0], values[:, n - 2], rtol=1e-12)
    a = gallery.permutation(bits, n, n)
    np.testing.assert_array_equal(a @ np.swapaxes(a, 1, 2), np.broadcast_to(np.eye(n), a.shape))
    zero = (gallery.zero_row(bits, n, n) == 0).all(axis=1) | (
        gallery.zero_row(bits, n, n) == 0
    ).all(axis=2)
    assert 0 < zero.any(axis=1).sum() < 16
    pair = np.abs(gallery.chapter(bits, 2, 2)).reshape(16, 4)
    assert {tuple(sorted(row)) for row in pair.tolist()} == {(2.8, 4.1, 6.6, 9.7)}


def test_wilkinson_matrices_grow_and_others_do_not() -> None:
    a = gallery.wilkinson(Bits(2, np.arange(16)), 32, 32)
    last = a.copy()
    for k in range(31):  # elimination without exchanges: its pivots are the largest already
        last[:, k + 1 :] -= last[:, k + 1 :, k, None] / last[:, k, None, k, None] * last[:, k, None]
    growth = np.abs(last).max(axis=(1, 2))
    assert growth.max() == 2.0**31
    assert growth.min() > 2.0**29


@pytest.mark.parametrize("arguments", [(), (("rcond", 2.0**-8),)], ids=["default", "rcond"])
@pytest.mark.parametrize("grid", ["float32", "float64"])
def test_singular_values_stay_clear_of_the_cut(arguments: tuple, grid: str) -> None:
    sizes, eps = (8, 5), DTYPES[grid].eps
    p = problem(("rectangular", 64, sizes, "gap", 9, 0, grid, 3, arguments))
    values = np.linalg.svd(p.inputs[0], compute_uv=False)
    cut = dict(arguments).get("rcond", 10 * 8 * eps)
    assert 2.0 ** -log2_cut(DTYPES[grid], sizes, dict(arguments)) >= cut
    ratios = values / values[:, :1] / cut
    ranks = (ratios > 1).sum(axis=1)
    assert set(ranks.tolist()) == {1, 2, 3, 4, 5}
    assert np.all((ratios < 1 / 7) | (ratios > 15))
    dropped = np.array(
        [row[rank - 1] - row[rank] for row, rank in zip(values, ranks, strict=True) if rank < 5]
    )
    assert np.all(dropped > 100 * 8 * eps)


def test_columns_of_the_matrix_are_compatible_right_hand_sides() -> None:
    p = problem(("least squares", 64, (5, 3, 2), "dense", 0, 40, "float32", 8, SOLVER))
    a, b = p.inputs
    column = p.traits["right_hand_side"] == "column"
    a = np.ldexp(a, -p.traits["log2_scale"][:, None, None])
    b = np.ldexp(b, -p.traits["log2_scale_b"][:, None, None])
    same = (a[:, :, :, None] == b[:, :, None, :]).all(axis=1).any(axis=1).all(axis=1)
    np.testing.assert_array_equal(same, column)
    assert 8 < column.sum() < 40


@pytest.mark.parametrize("structure", LOGITS)
def test_logits_follow_the_axis(structure: str) -> None:
    """The same rows lie along whichever axis the call normalises."""
    last = problem(("logits", 8, (2, 5, 3), structure, 0, 0, "float32", 6, (("axis", -1),)))
    middle = problem(("logits", 8, (2, 3, 5), structure, 0, 0, "float32", 6, (("axis", 2),)))
    assert last.sizes == middle.sizes == {"n": 3}
    np.testing.assert_array_equal(np.moveaxis(middle.inputs[0], 2, -1), last.inputs[0])
