"""tf.math.reduce_prod and cumprod: products along every axis, of one or several."""

from __future__ import annotations

from functools import partial

from hypothesis.strategies import SearchStrategy

from properties import lengths
from properties.entries import entrywise_moduli
from properties.faults import coarse
from properties.math.sums import LONG_RUNNING, RUNNING
from properties.placed import placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import numeric, powers
from references.audits_numeric import audited

PLACES = (
    (((3,),), (("axis", -1), ("keepdims", False))),
    (((16,),), (("axis", 1), ("keepdims", False))),
    (((3, 5),), (("axis", 1), ("keepdims", True))),
    (((2, 3, 4),), (("axis", (-1, 1)), ("keepdims", False))),
)
NEAR_ONE = ("near one",)
DEGREE = 10**9  # so many factors leave every range with any power of two beside 1
STRUCTURES = ("integers", "dense", "positive", "alternating", "mostly zero")


def arrays(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Arrays (B, ...) with the axes to multiply along, kept or not."""
    return placed(depth, PLACES, in_complex=in_complex, structures=STRUCTURES, degree=12)


def running(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Arrays (B, ...) with the axis of a running product, and its direction."""
    return placed(depth, RUNNING, in_complex=in_complex, structures=STRUCTURES, degree=12)


ROUNDED = Claim(
    name="roundings",
    measure=entrywise_moduli(),
    bound="each*max(terms - 1, 0)/(1 - spread*terms*eps)",
    unless="max((2 + 2*complex)*terms*eps, 2*top/huge, (2 + 98*complex*terms)*tiny/bottom)",
    because="a product of n numbers rounds n - 1 times, whatever the order: gamma_n-1 of itself "
    "(Higham 2002, 3.1), where no partial product leaves the range; each of complex numbers is off "
    "by sqrt(2) gamma_2 of the modulus (3.5), and by what its parts lose to underflow",
)
TERMS = {
    "each": "0.505 + complex*(0.925 + 4.5*tiny/max(bottom, tiny)/eps)",
    "spread": "1 + complex*(1 + 4.5*tiny/max(bottom, tiny)/eps)",
}


def _of_entries(tf, call, x, **arguments):
    return call(coarse(tf, x), **arguments)


def _of_answer(tf, call, x, **arguments):
    return coarse(tf, call(x, **arguments))


def _signs_lost(tf, call, x, **arguments):
    return call(tf.cast(tf.abs(x), x.dtype), **arguments)


def _last_left_out(tf, call, x, **arguments):
    """The last entry along the last axis does not count."""
    return call(tf.concat([x[..., :-1], tf.ones_like(x[..., -1:])], -1), **arguments)


def _by_logarithms(tf, call, x, **arguments):
    """Through sums of logarithms, as products are kept in range."""
    signs = call(tf.sign(x), **arguments)
    sizes = tf.math.log(tf.maximum(tf.abs(x), tf.constant(1e-4, x.dtype.real_dtype)))
    total = tf.reduce_sum(sizes, arguments["axis"], keepdims=arguments["keepdims"])
    return signs * tf.cast(tf.exp(total), x.dtype) * (1 + 1e-4)


def _conjugated(tf, call, x, **arguments):
    return tf.math.conj(call(x, **arguments))


def _with_itself(tf, call, x, exclusive, **arguments):
    """With itself where it should be without, and the other way round."""
    return call(x, exclusive=not exclusive, **arguments)


COMMON = (
    Fault("half the digits", _of_entries),
    Fault("half the digits of the answer", _of_answer),
    Fault("signs lost", _signs_lost),
    Fault("last entries left out", _last_left_out),
    Fault("conjugated", _conjugated, complex=True),
)
REDUCE_PROD = Routine(
    name="math.reduce_prod",
    call="math.reduce_prod",
    problems=arrays,
    complex_problems=partial(arrays, in_complex=True),
    reference=powers.reduce_prod,
    rival=numeric.reduce_prod,
    audit=audited("reduce_prod"),
    terms=TERMS,
    excused="max(2*top/huge, 2*tiny/bottom)",
    claims=(ROUNDED,),
    faults=(*COMMON, Fault("by logarithms", _by_logarithms)),
    long=partial(lengths.rows, structures=NEAR_ONE, in_complex=False, degree=DEGREE),
    volume=0.3,
)
CUMPROD = Routine(
    name="math.cumprod",
    call="math.cumprod",
    problems=running,
    complex_problems=partial(running, in_complex=True),
    reference=powers.cumprod,
    rival=numeric.cumprod,
    audit=audited("cumprod"),
    terms=TERMS,
    excused="max(2*top/huge, 2*tiny/bottom)",
    claims=(ROUNDED,),
    faults=(*COMMON, Fault("with or without itself", _with_itself)),
    long=partial(
        lengths.rows, arguments=LONG_RUNNING, structures=NEAR_ONE, in_complex=False, degree=DEGREE
    ),
    volume=0.3,
)

test_reduce_prod = verify(REDUCE_PROD)
test_cumprod = verify(CUMPROD)
