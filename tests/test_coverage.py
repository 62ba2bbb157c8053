"""Every public symbol of the numerical modules of TensorFlow is judged, or it is said why not."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from properties import complex_offers, coverage, derivative_offers
from properties.coverage import PAGE, REASONS, UNEXPLAINED, Listing, covered, installed, stored
from properties.environment import WHEELS, versions
from properties.registry import routines

TEXT = PAGE.read_text(encoding="utf-8")
LISTING = stored(TEXT)
CALLS = {name: routine.call for name, routine in routines().items()}


def symbol(name: str) -> list[str]:
    """All names of what a name stands for."""
    return next(names for names in LISTING.symbols if name in names)


def test_every_symbol_is_explained():
    rows = [line for line in TEXT.splitlines() if line.startswith("| `tf.")]
    assert len(rows) == len(LISTING.symbols) > 250
    assert [row for row in rows if UNEXPLAINED in row] == []


def test_the_page_lists_what_the_installed_tensorflow_offers():
    version = next((versions()[wheel] for wheel in WHEELS if wheel in versions()), "none")
    if version != LISTING.version:
        pytest.skip(f"the page is of TensorFlow {LISTING.version}, {version} is installed")
    assert installed() == LISTING


@pytest.mark.parametrize("name", [n for n in CALLS if n.startswith(("linalg.", "math.", "nn."))])
def test_every_routine_judges_the_symbol_of_its_call(name):
    judged = [names for names in LISTING.symbols if name in covered(names, CALLS).judged]
    assert judged
    assert ":" in CALLS[name] or judged == [symbol(CALLS[name])]


@pytest.mark.parametrize(
    ("name", "judged"),
    [
        ("math.softmax", ["nn.softmax", "nn.softmax.gradient"]),  # one object
        ("matmul", ["linalg.matmul"]),
        ("linalg.einsum", ["linalg.einsum"]),  # called as tf.einsum, by a function of ours
        ("linalg.lu", ["linalg.lu"]),
        ("GradientTape.jacobian", ["calculus.jacobian"]),
        ("math.real", ["math.real.complex"]),
        ("math.equal", []),
        ("linalg.LinearOperator", []),
    ],
)
def test_a_symbol_is_judged_by_routines_that_call_it_by_any_name(name, judged):
    assert covered(symbol(name), CALLS).judged == judged


def test_what_is_called_on_the_way_is_a_part():
    assert "linalg.eig" in covered(symbol("math.real"), CALLS).part  # two functions deep
    assert "calculus.hessian" in covered(["autodiff.ForwardAccumulator.jvp"], CALLS).part
    assert "calculus.jacobian" in covered(["GradientTape.batch_jacobian"], CALLS).part
    assert covered(["math.dtype"], CALLS) == ([], [])  # an attribute of arrays, no symbol


def test_a_symbol_that_nobody_explains_stands_out():
    listing = Listing("0.1", [["math.unheard_of"], ["nn.dropout", "dropout"], ["nn.softmax"]])
    text = coverage.page(listing)
    assert f"| `tf.math.unheard_of` | {UNEXPLAINED} |" in text
    assert "| `tf.nn.dropout`, `tf.dropout` | random |" in text
    assert "3 symbols: 1 judged, 1 random, 1 UNEXPLAINED." in text
    assert stored(text) == listing


@pytest.mark.parametrize("shape", [shape for shape, _ in REASONS])
def test_every_reason_is_of_something(shape):
    assert any(fnmatchcase(name, shape) for names in LISTING.symbols for name in names)


def test_each_routine_is_set_complex_numbers_or_it_is_said_why_not():
    answers, documented = complex_offers.stored(TEXT)
    assert list(answers) == complex_offers.unset()
    explained = {name: complex_offers.reason(name, modes) for name, modes in answers.items()}
    assert [name for name, why in explained.items() if why == UNEXPLAINED] == []
    assert complex_offers.table(answers, documented, LISTING.version) in TEXT
    assert {"math.unsorted_segment_mean", "math.unsorted_segment_sqrt_n"} <= set(documented)


def test_complex_numbers_that_nobody_explains_stand_out():
    text = complex_offers.table({"math.lgamma": "eager, xla"}, ["math.lgamma"], "0.1")
    assert f"| math.lgamma | yes | eager, xla | {UNEXPLAINED} |" in text
    assert complex_offers.stored(text) == ({"math.lgamma": "eager, xla"}, ["math.lgamma"])


@pytest.mark.parametrize("shape", [shape for shape, _ in complex_offers.REASONS])
def test_every_reason_is_of_a_routine_that_is_set_none(shape):
    assert any(fnmatchcase(name, shape) for name in complex_offers.unset())


def test_each_derivative_that_tensorflow_has_is_judged_or_it_is_said_why_not():
    offered = derivative_offers.stored(TEXT)
    assert list(offered) == derivative_offers.functions()
    told = {name: derivative_offers.reason(name, by) for name, by in offered.items()}
    assert [name for name, why in told.items() if derivative_offers.UNEXPLAINED in why] == []
    assert derivative_offers.table(offered, LISTING.version) in TEXT
    assert offered["linalg.solve"] == "2 of 2"
    assert offered["math.sign"] == derivative_offers.ZERO
    assert offered["math.floor"] == derivative_offers.NONE


def test_derivatives_that_nobody_explains_stand_out():
    text = derivative_offers.table({"math.unheard_of": "1 of 2"}, "0.1")
    assert f"| math.unheard_of | 1 of 2 | {derivative_offers.UNEXPLAINED} |" in text
    assert derivative_offers.stored(text) == {"math.unheard_of": "1 of 2"}


@pytest.mark.parametrize("shape", [shape for shape, _ in derivative_offers.REASONS])
def test_every_reason_is_of_a_function(shape):
    assert any(fnmatchcase(name, shape) for name in derivative_offers.functions())
