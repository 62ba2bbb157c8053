"""Every number of a format, none left out and none twice; and a run that sets them."""

from __future__ import annotations

import re

import numpy as np
import pytest

from properties.dtypes import DTYPES, Dtype
from properties.registry import routines
from properties.scalar_draws import LONGEST, PART, every, parts_of
from properties.verify import every_blocks
from tests.command_line import gate, reports

LINE = every("line")


def in_order(grid: Dtype, numbers: np.ndarray) -> np.ndarray:
    """Places among the normal numbers of a format with its zeros, from the lowest on."""
    digits = grid.bits - 1
    fraction, exponent = np.frexp(np.abs(numbers))
    place = np.ldexp(2 * fraction - 1, digits) + np.ldexp(
        exponent - 1.0 - grid.min_exponent, digits
    )
    place[numbers == 0] = 0.0  # which stand for the smallest normal numbers of both signs
    return np.copysign(place + 1, numbers)


@pytest.mark.parametrize("name", ["bfloat16", "float16"])
def test_every_number_of_16_bits_is_set_once(name):
    grid = DTYPES[name]
    (x,) = LINE(name, 0).inputs
    assert parts_of(name) == 1
    binades = grid.max_exponent - grid.min_exponent + 1
    expected = np.arange(1, binades * 2 ** (grid.bits - 1) + 1)
    assert np.array_equal(np.sort(in_order(grid, x.ravel())), [*-expected[::-1], *expected])
    assert {grid.max, -grid.max, 0.0} <= set(x.ravel())


def test_parts_of_float32_are_all_of_it():
    grid, parts = DTYPES["float32"], parts_of("float32")
    assert parts * PART * LONGEST == 2 * 254 * 2**23  # two signs, 254 binades
    half = PART // 2 * LONGEST
    for part in (0, 1, 1016, parts - 1):
        (x,) = LINE("float32", part).inputs
        assert x.shape == (PART, LONGEST)
        assert grid.holds(x)
        expected = np.arange(part * half + 1, (part + 1) * half + 1)
        assert np.array_equal(np.sort(in_order(grid, x.ravel())), [*-expected[::-1], *expected])
    assert grid.max in LINE("float32", parts - 1).inputs[0]


def test_numbers_outside_of_a_domain_give_way():
    (x,) = every("positive")("float32", 1000).inputs
    assert (x > 0).all()


def test_float32_is_set_only_where_it_is_asked_for():
    exp, cos = routines()["math.exp"], routines()["math.special.expint"]
    assert every_blocks(exp, ("bfloat16", "float16")) == ["every number"]
    assert every_blocks(cos, ("bfloat16", "float16")) == []  # not offered in either
    assert len(every_blocks(exp, ("float32",))) == parts_of("float32")
    assert len(every_blocks(exp, ("float16", "float32"))) == 1 + parts_of("float32")
    assert every_blocks(routines()["linalg.inv"], ("float16", "float32")) == []


def test_a_run_sets_every_number_of_16_bits(tmp_path):
    words = ("properties/math/elementary.py", "--exhaustive", "--dtypes", "bfloat16")
    code, output = gate(tmp_path / "run", *words, "-k", "test_cosh")
    assert code == 0, output
    code, output = reports("show", tmp_path / "run")
    assert code == 0, output
    assert re.search(r"math\.cosh +ulps +bfloat16 +eager +508 ", output), output


def test_a_run_sets_a_part_of_float32(tmp_path):
    shard = ("--shard", f"1017/{parts_of('float32')}")
    words = ("properties/math/arithmetic.py", "--exhaustive", "--dtypes", "float32", *shard)
    code, output = gate(tmp_path / "run", *words, "-k", "test_square and not difference")
    assert code == 0, output
    code, output = reports("show", tmp_path / "run")
    assert code == 0, output
    assert re.search(rf"math\.square +ulps +float32 +eager +{PART} ", output), output
