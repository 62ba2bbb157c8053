"""Functions of complex numbers in tf.math on their branch cuts, from the side of a zero's sign.

TensorFlow documents no side. So an answer may be either limit, within the bound that the function
has elsewhere, and mirrored points have mirrored answers, as C99 (Annex G) asks of every function.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from properties.draws import PARTS
from properties.elementwise import HALF_OF_ANSWER, HALF_OF_ARGUMENTS
from properties.entries import moduli, nearer_moduli, sizes
from properties.math.complex_functions import ROWS
from properties.measures import ratio
from properties.routine import Case, Claim, Fault, Problem, Routine
from properties.scalar_draws import LENGTHS, scalars
from properties.verify import verify
from references.complex_cuts import REAL, TURNED, audited, stack
from references.complex_functions_opinions import second
from references.interval import Interval

CUTS = {
    "sqrt": "below 0", "rsqrt": "below 0", "angle": "below 0", "log": "below 0",
    "log1p": "below -1", "asin": "beyond 1", "acos": "beyond 1", "acosh": "below 1",
    "atanh": "beyond 1", "asinh": "beyond 1, turned", "atan": "beyond 1, turned",
    "pow": "powers below 0",
}  # fmt: skip
PRINCIPAL = ("sqrt", "rsqrt", "angle", "log", "log1p", "pow")  # made of one logarithm
ABOVE = "a positive zero is of the side above by C99 and of arg z = pi without signs of zeros: "
MIRRORED = (
    "conj(f(z)) = f(conj z) of numbers with signed zeros (C99, G.6), and so -conj(f(z)) = f(-conj "
    "z) of odd functions: two answers within the bound of mirrored limits, which are both sides'"
)


def mirror(x: NDArray[Any], name: str) -> NDArray[Any]:
    """The answer on the other side of the cut, of that on one."""
    if name in REAL:
        return -x
    return -np.conj(x) if name in TURNED else np.conj(x)


def _unlike(name: str) -> Callable[[Case], Interval]:
    """How far f(z) and f at its mirror image are from mirrored, over |f(z)|, in eps: (B, n).

    Of both alike; an underflow of each is forgiven, and nothing is asked of what stands alone.
    """

    def measure(case: Case) -> Interval:
        answer = case.answer[0]
        n = answer.shape[1]
        half = (n + 1) // 2
        first, second = answer[:, : n - half], mirror(answer[:, half:], name)
        with np.errstate(all="ignore"):
            far = np.nan_to_num(sizes(first - second).upper, nan=np.inf, posinf=np.inf)
        far = np.maximum(far - 2 * case.dtype.tiny, 0.0)
        size = np.maximum(sizes(first).lower, sizes(second).lower)
        found = ratio(Interval.exact(far), Interval.exact(size), case.dtype.eps)
        apart = Interval(np.where(far == 0, 0.0, found.lower), np.where(far == 0, 0.0, found.upper))
        alone = np.zeros((len(answer), 2 * half - n))
        sides = ((apart.lower, alone, apart.lower), (apart.upper, alone, apart.upper))
        return Interval(*(np.concatenate(side, axis=1) for side in sides))

    return measure


def _one_side(tf: Any, call: Any, z: Any, *rest: Any) -> Any:
    """As if no zero had a sign."""
    return call(tf.complex(tf.math.real(z) + 0.0, tf.math.imag(z) + 0.0), *rest)


def _tail(tf: Any, call: Any, z: Any, *rest: Any) -> Any:
    """The last entry of each vector from the other side."""
    found = call(z, *rest)
    parts = tf.math.real(z), tf.math.imag(z)
    last = call(tf.complex(*(tf.where(x == 0, -x, x) for x in parts)), *rest)
    return tf.concat([found[:, :-1], last[:, -1:]], 1)


ONE_SIDE = Fault("as if no zero had a sign", _one_side)
LAST = Fault("last entries from the other side", _tail)
FAULTS = (
    HALF_OF_ANSWER,
    HALF_OF_ARGUMENTS,
    ONE_SIDE,
    LAST,
)

# Pi is the angle of any argument, and eager TensorFlow sees no sign of zero in rsqrt itself.
NO_FAULTS = {"angle": (HALF_OF_ARGUMENTS,), "rsqrt": (ONE_SIDE, LAST)}


def _positive(problem: Problem) -> NDArray[np.bool_]:
    return ~np.signbit(problem.inputs[0].imag)


def _routine(name: str) -> Routine:
    """The routine of a function, with the bound of its row."""
    row = next(row for row in ROWS if row.name == name)
    terms, bound = {"units": row.bound}, "units"
    if row.moved:
        terms["off"], bound = f"units + ({row.moved})*slope", "off + 2*off**2*eps"
    unless = "4*off*eps" if row.moved else ""

    def reference(*inputs: Any, level: int = 0) -> Any:
        return stack(name, *inputs, level=level)

    reference.__doc__ = f"Limits of {name} at every entry, in balls of rising precision."
    above = Claim(name="above", measure=moduli, bound=bound, unless=unless, only=_positive,
                  because=ABOVE + row.because)  # fmt: skip
    return Routine(
        name=f"math.{name}.complex.cut",
        call=f"math.{name}",
        problems=scalars(CUTS[name], PARTS, ((),), LENGTHS, kind="complex cuts"),
        reference=reference,
        rival=second(name),
        audit=partial(audited, name),
        terms=terms,
        excused=f"size/huge*(1 + ({bound})*eps)",
        claims=(
            Claim(name="a limit", measure=nearer_moduli(partial(mirror, name=name)),
                  bound=bound, unless=unless,
                  because=f"the limit from a side, for TensorFlow documents none: {row.because}"),
            Claim(name="mirrored", measure=_unlike(name), bound=f"2.02*({bound})", unless=unless,
                  because=MIRRORED),
            *([above] if name in PRINCIPAL else []),
        ),
        faults=tuple(fault for fault in FAULTS if fault not in NO_FAULTS.get(name, ())),
        dtypes=("complex64", "complex128"),
        volume=0.1,
        of_numbers=True,
    )  # fmt: skip


for _name in CUTS:
    globals()[_name.upper()] = _made = _routine(_name)
    globals()[f"test_{_name}"] = verify(_made)
