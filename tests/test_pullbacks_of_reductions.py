"""Gradients of reductions and running ones: by hand, by differences, by mpmath."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from properties import recipes
from properties.registry import routines
from references import numeric_pullbacks as opinions
from references import pullbacks_of_logsumexps as logsumexps
from references import pullbacks_of_products as products
from references import pullbacks_of_reductions as reductions
from references.audits import disagreement
from references.truth import Truth

ROW = (("axis", -1), ("keepdims", False))
ALONG = (("axis", 1), ("exclusive", True), ("reverse", True))
SEGMENTS = (("num_segments", 3), ("segment_ids", (1, 0, -1, 0, 1)))
OF_PRODUCTS: dict[str, tuple[Any, Any]] = {
    "reduce_prod": (((5,), ()), ROW),
    "cumprod": (((4, 3), (4, 3)), ALONG),
    "unsorted_segment_prod": (((5, 2), (3, 2)), SEGMENTS),
}
NAMES = ("reduce_variance", "reduce_std", "reduce_euclidean_norm", "reduce_max", "reduce_min",
         "reduce_logsumexp")  # fmt: skip
OTHERS: dict[str, tuple[Any, Any]] = {
    **dict.fromkeys(NAMES, (((2, 5), (2,)), ROW)),
    "cumulative_logsumexp": (((4, 3), (4, 3)), ALONG),
}


def value(truth: Truth) -> np.ndarray:
    """The centre of the first member."""
    part = truth.parts[0]
    return (part.hi[0] + part.lo[0]) * 2.0 ** part.exponent[0]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, [1 + 30 + 1500, 20 + 1000, 600, 30000]),
        ({"exclusive": True}, [10 + 300 + 15000, 200 + 10000, 6000, 0]),
        ({"reverse": True}, [0, 0, 0, 1000 + 100 * 5 + 10 * 15 + 30]),
        ({"exclusive": True, "reverse": True}, [0, 0, 0, 100 + 10 * 5 + 15]),
    ],
)
def test_running_products_by_an_entry_that_is_zero(arguments, expected):
    """By hand, of 2, 3, 5, 0 and from above 1, 10, 100, 1000."""
    x, w = np.array([[2.0, 3.0, 5.0, 0.0]]), np.array([[1.0, 10.0, 100.0, 1000.0]])
    assert value(products.cumprod(x, w, **arguments)).tolist() == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [((0, 2, 3), (30, 0, 0)), ((0, 2, 0), (0, 0, 0)), ((1, 2, 3), (30, 15, 10))],
)
def test_products_by_an_entry_that_is_zero(row, expected):
    x, w = np.array([row], float), np.array([5.0])
    assert value(products.reduce_prod(x, w)).tolist() == list(expected)
    ids = {"segment_ids": (2, 2, 2), "num_segments": 3}
    above = np.array([[7.0, 7.0, 5.0]])
    assert value(products.unsorted_segment_prod(x, above, **ids)).tolist() == list(expected)


def test_an_entry_of_no_segment_has_no_part():
    x, w = np.array([[2.0, 3.0, 4.0]]), np.array([[1.0, 10.0]])
    found = products.unsorted_segment_prod(x, w, segment_ids=(1, -1, 1), num_segments=2)
    assert value(found).tolist() == [40, 0, 20]
    assert found.quantities["terms"].upper[0].tolist() == [2, 0, 2]


@pytest.mark.parametrize("name", OF_PRODUCTS)
def test_complex_products_move_as_their_pullback_says(name):
    """Re <G, dx> is Re <w, dy>, by differences of NumPy's products."""
    (shape, above), arguments = OF_PRODUCTS[name]
    chance = np.random.default_rng(3)
    x, dx = chance.standard_normal((2, *shape)) + 1j * chance.standard_normal((2, *shape))
    w = chance.standard_normal(above) + 1j * chance.standard_normal(above)
    told = dict(arguments)
    moved = np.vdot(value(getattr(products, name)(x[None], w[None], **told)), dx).real
    step = 2.0**-20
    ends = [np.vdot(w, _product(name, x + sign * step * dx, told)).real for sign in (1, -1)]
    assert moved == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-7)


def _product(name: str, x: np.ndarray, arguments: dict[str, Any]) -> np.ndarray:
    if name == "reduce_prod":
        return np.prod(x, axis=-1)
    if name == "cumprod":  # exclusive, from the other end, along the first axis of a member
        turned = np.cumprod(x[::-1], axis=0)[:-1]
        return np.concatenate([np.ones_like(x[:1]), turned])[::-1]
    ids = np.array(arguments["segment_ids"])
    found = [np.prod(x[ids == i], axis=0) for i in range(arguments["num_segments"])]
    return np.stack(found)


def test_spreads_and_lengths_have_known_gradients():
    x, w = np.array([[1.0, 2.0, 6.0]]), np.array([6.0])
    assert value(reductions.reduce_variance(x, w)).tolist() == [-8.0, -4.0, 12.0]
    x, w = np.array([[1.0, -1.0, 1.0, -1.0]]), np.array([4.0])
    assert value(reductions.reduce_std(x, w)).tolist() == [1.0, -1.0, 1.0, -1.0]
    x, w = np.array([[3.0, 0.0, -4.0]]), np.array([10.0])
    assert value(reductions.reduce_euclidean_norm(x, w)).tolist() == [6.0, 0.0, -8.0]


def test_where_there_is_a_root_of_zero_nothing_is_said():
    x, w = np.array([[[5.0, 5.0], [1.0, 2.0]], [[0.0, 0.0], [1.0, 2.0]]]), np.ones((2, 2))
    assert not reductions.reduce_std(x, w).exists.any()
    assert reductions.reduce_euclidean_norm(x, w).exists.tolist() == [True, False]


def test_equal_entries_share_what_comes_from_above():
    x, w = np.array([[[2.0, 7.0, 7.0], [0.0, -0.0, -1.0]]]), np.array([[3.0, 1.0]])
    found = reductions.reduce_max(x, w)
    assert value(found).tolist() == [[0.0, 1.5, 1.5], [0.5, 0.5, 0.0]]
    assert (found.quantities["shared"].upper[0] > 0).tolist() == [[False, True, True],
                                                                  [True, True, False]]  # fmt: skip
    assert value(reductions.reduce_min(x, w)).tolist() == [[3.0, 0.0, 0.0], [0.0, 0.0, 1.0]]


def test_equal_entries_have_equal_shares_of_exponentials():
    x, w = np.full((1, 4), 2.0**100), np.array([8.0])
    assert value(logsumexps.reduce_logsumexp(x, w)).tolist() == [2.0] * 4
    w = np.array([[1.0, 2.0, 4.0, 8.0]])
    found = logsumexps.cumulative_logsumexp(x, w)
    assert value(found) == pytest.approx(
        [1 + 1 + 4 / 3 + 2, 1 + 4 / 3 + 2, 4 / 3 + 2, 2], rel=1e-15
    )
    without = logsumexps.cumulative_logsumexp(x, w, exclusive=True, reverse=True)
    assert value(without) == pytest.approx([0, 1 / 3, 1 / 3 + 1, 1 / 3 + 1 + 4], rel=1e-15)


def test_a_share_is_off_by_its_spread_at_most():
    x, w = np.array([[0.0, 3.0, 1.0]]), np.array([[1.0, -2.0, 4.0]])
    told = logsumexps.cumulative_logsumexp(x, w).quantities
    shares = [np.exp(x[0, :k]) / np.exp(x[0, :k]).sum() for k in (1, 2, 3)]
    size, sway = np.zeros((2, 3))
    for k, share in enumerate(shares):
        far = x[0, : k + 1].max() - x[0, : k + 1]
        spread = (far + share @ far) / 2
        size[: k + 1] += abs(w[0, k]) * share
        sway[: k + 1] += abs(w[0, k]) * share * (1 + spread)
        assert (spread <= told["worst"].upper[0, : k + 1]).all()
    assert told["size"].upper[0] == pytest.approx(size, rel=1e-12)
    assert told["sway"].upper[0] == pytest.approx(sway, rel=1e-12)


@pytest.mark.parametrize("name", [*OF_PRODUCTS, *OTHERS])
def test_balls_and_mpmath_agree(name):
    routine = routines()[f"math.{name}.gradient"]
    sizes, arguments = (OF_PRODUCTS | OTHERS)[name]
    logits = "logsumexp" in name
    kinds = ["summands and above" if logits else "operands and above"]
    kinds += ["complex operands and above"] * (name in OF_PRODUCTS)
    compared = 0
    for kind in kinds:
        for structure in ("ordinary", "underflow", "both ends") if logits else (
            "dense", "integers", "mostly zero", "alternating"):  # fmt: skip
            given = recipes.problem((kind, 4, sizes, structure, 0, 3, "float32", 5, arguments))
            truth = routine.reference(*given.inputs, **given.arguments)
            for member in np.flatnonzero(truth.exists).tolist():
                one = [x[member] for x in given.inputs]
                assert routine.audit is not None
                assert disagreement(routine.audit(*one, **given.arguments), truth, member) == 0
                (rough,) = getattr(opinions, name)(*one, **given.arguments)
                found = value(truth.select(np.array([member])))
                size = np.abs(found).max() + np.abs(given.inputs[1][member]).max()
                assert np.abs(rough - found).max() <= 1e-12 * size
                compared += np.isfinite(truth.parts[0].radius[member]).all()
    assert compared >= 8
