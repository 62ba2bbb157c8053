"""Gradients of tf.math.polyval, by coefficients and by x, and of tf.math.lbeta, by a tape."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.faults import coarse, of_answers, of_input, of_part
from properties.linalg.gradients import HALVES, NEGATED
from properties.math.combined import POLYNOMIALS
from properties.math.lbeta import SHAPES
from properties.math.product_gradients import HERE
from properties.placed import Place, placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.sufficient import CONCENTRATIONS
from properties.verify import verify
from references import numeric_pullbacks_of_sums as opinions
from references import pullbacks_of_combinations as pullbacks
from references.audits_numeric import audited

ABOVE = tuple(((*shapes, shapes[0]), arguments) for shapes, arguments in POLYNOMIALS)
ROWS: tuple[Place, ...] = tuple(((shape, shape[:-1]), ()) for shape, _ in SHAPES)


def polynomials(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Coefficients (B, n), the highest first, where polynomials are taken, and from above."""
    return placed(depth, ABOVE, in_complex=in_complex, degree=9)


def concentrations(depth: int) -> SearchStrategy[Problem]:
    """Positive numbers (B, ..., n) of one stratum, and what comes from above of their rows."""
    return placed(depth, ROWS, structures=CONCENTRATIONS, degree=2, kind="concentrations and above")


def _order(tf: Any, call: Any, *inputs: Any) -> Any:
    """The lowest coefficient first."""
    *coefficients, x, above = inputs
    by_coefficients, by_x = call(*reversed(coefficients), x, above)
    return tf.reverse(by_coefficients, [1]), by_x


def _at(change: Any) -> Any:
    """Evaluated elsewhere."""

    def wrong(tf: Any, call: Any, *inputs: Any) -> Any:
        *coefficients, x, above = inputs
        return call(*coefficients, change(tf, x), above)

    return wrong


def _unconjugated(tf: Any, call: Any, *inputs: Any) -> Any:
    """Holomorphic derivatives, not their conjugates."""
    *given, above = inputs
    return tuple(tf.math.conj(y) for y in call(*given, tf.math.conj(above)))


def _rows(tf: Any, call: Any, x: Any, above: Any) -> Any:
    """Of the logarithms of gamma alone, without that of the sum."""
    return above[..., None] * tf.math.digamma(x)


def _sum_twice(tf: Any, call: Any, x: Any, above: Any) -> Any:
    return call(x, above) - above[..., None] * tf.math.digamma(
        tf.reduce_sum(x, -1, keepdims=True))  # fmt: skip


def _asymptotic(tf: Any, call: Any, x: Any, above: Any) -> Any:
    """log(x) - 1/(2x) for digamma, as of large arguments."""
    whole = tf.reduce_sum(x, -1, keepdims=True)
    slopes = (tf.math.log(y) - 0.5 / y for y in (x, whole))
    return above[..., None] * (next(slopes) - next(slopes))


POLYVAL = Routine(
    name="math.polyval.gradient",
    call=f"{HERE}:polyval",
    problems=polynomials,
    complex_problems=partial(polynomials, in_complex=True),
    reference=pullbacks.polyval,
    rival=opinions.polyval,
    audit=audited(opinions.polyval),
    terms={
        "product": "0.505 + 0.93*complex",
        "steps": "degree*product + 1.01*(degree - 1)",
    },
    excused="4*top/huge",
    claims=(
        Claim(
            name="by coefficients",
            measure=deviation(0),
            bound="max(order*product/(1 - (1 + complex)*order*eps)*size_c + 2*reach_c*tiny/eps, 0)",
            unless="max(2*(1 + complex)*(order + 1)*eps, 16*size_c/huge, faint_c)",
            relative=False,
            because="w x^j by j products, each off by gamma_1, a complex one by sqrt(2) gamma_2 of "
            "its modulus (Higham 2002, 3.5); each may lose tiny, which later ones multiply",
        ),
        Claim(
            name="by x",
            measure=deviation(1),
            bound="max(steps/(1 - 2*steps*eps)*size_x + 2*reach_x*tiny/eps, 0)",
            unless="max(4*steps*eps, 16*steps*size_x/huge, faint_x)",
            relative=False,
            because="sum of p_k w x^j, j + k = n - 1, of Horner's p_k: k products and k sums, j "
            "products, one of both and n - 1 sums, of |w| sum i |c_i x^i-1| (Higham 2002, 5.1)",
        ),
    ),
    faults=(
        *HALVES[1:],
        Fault("half the digits of x", _at(coarse)),
        Fault("half the digits of what comes from above", of_input(-1, coarse)),
        Fault("ones from above", of_input(-1, lambda tf, w: tf.ones_like(w))),
        Fault("of the other sign", of_answers(lambda tf, y: -y)),
        Fault("lowest first", _order),
        Fault("at the opposite", _at(lambda tf, x: -x)),
        Fault("first coefficient doubled", of_input(0, lambda tf, c: 2 * c)),
        Fault("by x of half the terms", of_part(1, lambda y, *_: y / 2)),
        Fault("not conjugated", _unconjugated, complex=True),
    ),
    volume=0.1,  # each shape is traced and compiled, and truths come from balls
    pullback=True,
)
LBETA = Routine(
    name="math.lbeta.gradient",
    call=f"{HERE}:lbeta",
    problems=concentrations,
    reference=pullbacks.lbeta,
    rival=opinions.lbeta,
    audit=audited(opinions.lbeta),
    terms={"lost": "13.8*given + 14.9*(part + whole)", "away": "0.505*n + 0.51"},
    excused="4*top/huge",
    claims=(
        Claim(
            name="entrywise",
            measure=deviation(),
            bound="1.01*(lost + turn + away*turned)/(1 - (n + 4)*eps) + 4*tiny/eps",
            unless="max(8*n*eps, 4*top/huge)",
            relative=False,
            because="digamma is within twice 6.9 eps and 6.9 of the absolute error below 1, which "
            "Cephes documents, and what an eps of its argument moves, as math.digamma; a sum of n "
            "numbers is off by gamma_n-1; x^2 trigamma(x) grows, which bounds the second order; "
            "two products and the difference round",
        ),
    ),
    faults=(
        *HALVES,
        Fault("half the digits of what comes from above", of_input(1, coarse)),
        NEGATED,
        Fault("ones from above", of_input(1, lambda tf, w: tf.ones_like(w))),
        Fault("the sum left out", _rows),
        Fault("the sum twice", _sum_twice),
        Fault("arguments one more", lambda tf, call, x, w: call(x + 1, w)),
        Fault("for large arguments", _asymptotic),
        Fault("last entry left out", lambda tf, call, x, w: tf.concat(
            [call(x[..., :-1], w), call(x, w)[..., -1:]], -1)),
    ),
    dtypes=("float16", "float32", "float64"),
    volume=0.15,
    pullback=True,
)  # fmt: skip

test_polyval = verify(POLYVAL)
test_lbeta = verify(LBETA)
