"""The page on the chapter is up to date, and a second engine finds the same numbers."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import mpmath
import numpy as np
import pytest
import scipy.optimize
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from properties.chapter import constrained, critical, derivatives, rounding
from properties.chapter.figures import CAPTIONS, digest
from properties.chapter.item import ball, precise, rounded
from properties.chapter.page import ITEMS, page, proved
from properties.dtypes import FLOAT32, FLOAT64
from properties.registry import routines
from references.ascent import multiplier_ascent
from references.critical import MAXIMUM, MINIMUM, NEITHER, critical_points, sturm_count
from references.iterations import descent

DOCS = Path(__file__).parent.parent / "docs"
LARGEST_DRAWING = 60_000  # bytes
DIGITS = 40
BY_NAME = {item.title: item for item in ITEMS}


def test_what_is_proved_on_the_page_is_up_to_date():
    stored = (DOCS / "chapter.md").read_text(encoding="utf-8")
    assert proved(stored) == proved(page(lambda _: [], "")), "run: python -m properties.chapter"
    assert stored.count("| eager") >= len(ITEMS)  # TensorFlow was asked


@pytest.mark.parametrize("name", CAPTIONS)
def test_drawings_are_of_the_numbers_of_today(name):
    text = (DOCS / "chapter" / f"{name}.svg").read_text(encoding="utf-8")
    assert text.startswith("<svg")
    assert f"<!-- {digest(name)} -->" in text, "run: python -m properties.chapter"
    assert len(text) < LARGEST_DRAWING


def test_every_slip_that_is_listed_has_its_place():
    text = (DOCS / "chapter.md").read_text(encoding="utf-8")
    anchors = re.findall(r"\]\(#([a-z0-9-]+)\)", text)
    titles = re.findall(r"^### (.+)$", text, re.MULTILINE)
    places = {re.sub(r"[^a-z0-9 -]", "", t.lower()).replace(" ", "-") for t in titles}
    assert len(anchors) > 8 and set(anchors) <= places


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.title)
def test_items_are_what_the_chapter_prints(item):
    """A digit mistyped here would be off by thousands of eps; the chapter by 260 at most."""
    off = item.printed_off()
    assert np.isnan(off) or off < 300
    assert len(item.labels) == len(item.printed) == len(item.answer())
    assert item.routine in ("", *routines())


def test_what_python_compares_is_what_python_answers():
    found = {code: answer for code, _, answer in rounding.checks()}
    sums = [1 + 0.1 + 0.1 == 0.3, 0.1 + 0.1 + 0.1 == 0.3]
    sums.append(round(0.1, 1) + round(0.1, 1) + round(0.1, 1) == round(0.3, 1))
    sums.append(round(0.1 + 0.1 + 0.1, 10) == round(0.3, 10))
    assert list(found.values()) == sums
    assert [str(answer) for answer in sums] == [printed for _, printed, _ in rounding.checks()]


def near(exact, value) -> bool:
    """Whether a ball or a Fraction is an mpmath number to DIGITS digits."""
    with precise():
        text = mpmath.nstr(value, DIGITS + 10, min_fixed=-1, max_fixed=1)
        gap = abs(ball(exact) - arb(text))
        return bool(gap <= abs(arb(text)) * arb(10) ** -DIGITS)


def mp(x: Fraction) -> mpmath.mpf:
    return mpmath.mpf(x.numerator) / x.denominator


@pytest.mark.parametrize("x", [rounding.LOW, rounding.HIGH], ids=["low", "high"])
def test_softmax_by_mpmath(x):
    with mpmath.workdps(80), precise():
        powers = [mpmath.exp(mp(entry)) for entry in x]
        found = rounding.softmax(x)
        assert all(near(f, p / sum(powers)) for f, p in zip(found, powers, strict=True))


def test_condition_numbers_by_mpmath():
    with mpmath.workdps(80):
        a = mpmath.matrix([[mp(x) for x in row] for row in rounding.A])
        singular = mpmath.svd_r(a, compute_uv=False)
        values = [abs(v) for v in mpmath.eig(a, left=False, right=False)]
        frobenius = mpmath.mnorm(a, "f") * mpmath.mnorm(a**-1, "f")
        expected = [frobenius, singular[0] / singular[1], max(values) / min(values)]
        with precise():
            found = [value for _, value in rounding.conditions(rounding.A)]
        assert all(near(f, e) for f, e in zip(found, expected, strict=True))


def test_gradient_descent_by_mpmath():
    with mpmath.workdps(80):
        x, y, rate = mpmath.mpf(1), mpmath.mpf(1), mpmath.mpf(1) / 10
        found = iter(BY_NAME["Gradient descent"].answer())
        for k in range(1, 42):
            x -= rate * (2 * x + y * mpmath.cos(x) + mpmath.sin(y))
            assert k not in derivatives.PRINTED_AT or near(next(found), x)
        limit = mpmath.findroot(lambda t: 2 * t + mpmath.cos(t) + mpmath.sin(1), -0.777)
        with precise():
            assert near(derivatives.bowl_limit(ball(Fraction(1))), limit)


def test_eigenvalues_by_mpmath():
    with mpmath.workdps(80), precise():
        values, vectors = mpmath.eigsy(mpmath.matrix([[6, -2], [-2, -480]]))
        expected = [*values, *(abs(vectors[0, j]) for j in range(2))]
        found = BY_NAME["Eigenvalues and eigenvectors of the Hessian"].answer()
        assert all(near(f, e) for f, e in zip(found, expected, strict=True))


@pytest.mark.parametrize("data", [constrained.line, constrained.parabola])
def test_fits_by_mpmath(data):
    a, b = data()
    with mpmath.workdps(80):
        left, right = (mpmath.matrix([[mp(x) for x in row] for row in part]) for part in (a, b))
        expected = mpmath.lu_solve(left.T * left, left.T * right)
        assert all(near(f, e) for f, e in zip(constrained.fitted(a, b), expected, strict=True))


def test_iterations_by_the_references_of_the_routines():
    """The page's own balls against the truths that judge TensorFlow, on float64 inputs."""
    for title, reference in (
        ("A line by gradient descent", descent),
        ("A line within the unit ball", multiplier_ascent),
        ("Steepest descent with the chapter's step", descent),
    ):
        item = BY_NAME[title]
        inputs = [rounded(x, FLOAT64).astype(float)[None] for x in item.inputs]
        truth = reference(*inputs, **item.arguments)
        part = truth.parts[0]
        known = np.ldexp(part.hi, part.exponent).ravel()
        found = [float(ball(x)) for x in item.answer(FLOAT64)]
        np.testing.assert_allclose(found, known, rtol=2**-51, err_msg=title)


def test_what_the_iterations_are_said_to_do():
    a, b = constrained.line()
    gram = a.T @ a
    with precise():
        trace, determinant = ball(gram[0, 0] + gram[1, 1]), ball(
            gram[0, 0] * gram[1, 1] - gram[0, 1] ** 2)  # fmt: skip
        root = (trace * trace - 4 * determinant).sqrt()
        kappa = float((trace + root) / (trace - root))
    assert 137.5 < kappa < 138.5
    assert 0.45 < ((kappa - 1) / (kappa + 1)) ** constrained.DESCENTS < 0.55
    (multiplier,) = BY_NAME["A line within the unit ball"].answer()
    system = gram.astype(float) + 2 * float(ball(multiplier)) * np.eye(2)
    x = np.linalg.solve(system, (a.T @ b).astype(float))
    assert float(ball(multiplier)) > 0 and abs(float((x * x).sum()) - 1) < 1e-4


def test_noise_is_as_wide_as_the_chapters():
    for stream in ("line", "parabola"):
        noise = constrained.noise(stream).astype(float)
        assert abs(noise.mean()) < 0.4 and 0.8 < noise.std() < 1.2  # four standard deviations


def test_critical_points_by_mpmath():
    slope = np.polyder(np.array(critical.COEFFICIENTS, dtype=object)).tolist()
    guesses = [r.real for r in np.roots(np.array(slope, float)) if abs(r.imag) < 1e-9]

    def value(x: mpmath.mpf) -> mpmath.mpf:
        return sum(c * x**k for k, c in enumerate(reversed(slope)))

    with mpmath.workdps(80):
        real = [mpmath.findroot(value, guess) for guess in sorted(guesses)]
        assert all(near(p.x, r) for p, r in zip(critical.points(), real, strict=True))
    assert len(real) == sturm_count(slope) == 5


def test_the_corner_is_the_optimum():
    """SciPy from many starts, and the exact conditions of Karush, Kuhn and Tucker."""
    with precise():
        x, y = constrained.corner()
        lam, mu = constrained.multipliers(x, y)
        slope_x = 2 * x - 2 * y - 2 + 3 * lam * x**2 + 4 * mu * (x - 1) ** 3
        slope_y = 4 * y - 2 * x - lam - mu
        assert slope_x.contains(0) and slope_y.contains(0) and mu > 0
        best = float(constrained.objective(x, y))
    rules = [
        {"type": "eq", "fun": lambda p: p[0] ** 3 - p[1]},
        {"type": "ineq", "fun": lambda p: p[1] - (p[0] - 1) ** 4 - 2},
    ]
    bounds = [(0.5, 1.5), (1.5, 2.5)]
    for start in [(0.6, 1.6), (1.4, 2.4), (1.0, 2.0)]:
        found = scipy.optimize.minimize(
            lambda p: -(2 * p[0] * p[1] + 2 * p[0] - p[0] ** 2 - 2 * p[1] ** 2),
            start, bounds=bounds, constraints=rules, method="SLSQP", tol=1e-12,
        )  # fmt: skip
        assert found.success and abs(found.fun - best) < 1e-9
        np.testing.assert_allclose(found.x, [float(x), float(y)], rtol=1e-8)


@settings(max_examples=60, deadline=None, database=None, derandomize=True)
@given(st.lists(st.integers(-50, 50), min_size=2, max_size=9).filter(lambda c: any(c[:-1])))
def test_critical_points_of_random_polynomials(coefficients):
    """As many as Sturm's theorem counts; minima and maxima take turns, whatever stands between."""
    found = critical_points(coefficients)
    slope = np.polyder(np.array(coefficients, dtype=object)).tolist()
    while slope and slope[0] == 0:
        slope = slope[1:]
    assert len(found) == (sturm_count(slope) if len(slope) > 1 else 0)
    turns = [point.kind for point in found if point.kind != NEITHER]
    assert all(a != b for a, b in pairwise(turns))
    for point in found:
        with precise():
            simple = point.multiplicity == 1
            assert point.test == (point.kind if simple else "")
            assert not simple or (point.curvature > 0) == (point.kind == MINIMUM)
            assert not simple or (point.curvature < 0) == (point.kind == MAXIMUM)


@settings(max_examples=40, deadline=None, database=None, derandomize=True)
@given(st.dictionaries(st.integers(-9, 9), st.integers(1, 4), min_size=1, max_size=4))
def test_critical_points_that_were_chosen(chosen):
    """f' is a multiple of prod (x - r)^m: multiplicities, and kinds by the signs around a root."""
    slope = [Fraction(1)]
    for root, times in chosen.items():
        for _ in range(times):
            shifted = [*slope, Fraction(0)]
            slope = [a - root * b for a, b in zip(shifted, [Fraction(0), *slope], strict=True)]
    whole = 1
    for k in range(2, len(slope) + 1):
        whole *= k
    integral = [int(whole * c / (len(slope) - i)) for i, c in enumerate(slope)]
    found = critical_points([*integral, 7])
    assert [(float(p.x), p.multiplicity) for p in found] == sorted(chosen.items())
    right = -1 if sum(chosen.values()) % 2 else 1  # the sign of f' on the far left
    for point in found:
        left, right = right, right * (-1) ** point.multiplicity
        assert point.kind == {(-1, 1): MINIMUM, (1, -1): MAXIMUM}.get((left, right), NEITHER)


def test_rounding_moves_exact_answers():
    item = BY_NAME["A system, its right-hand side changed by 0.01"]
    moved = item.off(item.answer(FLOAT32), FLOAT32, item.answer())
    assert 10 < moved < rounding.condition(rounding.A)[0]
