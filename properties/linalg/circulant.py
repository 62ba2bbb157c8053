"""tf.linalg.LinearOperatorCirculant, 2D, 3D and Toeplitz: products and systems by transforms."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from properties.entries import lengthwise
from properties.faults import coarse
from properties.operands import OPERANDS
from properties.placed import Place, placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import convolutions
from references import numeric_convolutions as numeric
from references.audits_numeric import audited

Shape = tuple[int, ...]
LENGTHS: tuple[Shape, ...] = ((1,), (2,), (3,), (5,), (8,), (14,))
LARGE_LENGTHS: tuple[Shape, ...] = ((32,), (45,), (100,))
GRIDS: tuple[Shape, ...] = ((1, 3), (2, 2), (3, 5), (4, 2))
CUBES: tuple[Shape, ...] = ((2, 2, 2), (1, 3, 2), (3, 2, 5))
LARGE_GRIDS: tuple[Shape, ...] = ((8, 8), (7, 10))
LARGE_CUBES: tuple[Shape, ...] = ((4, 4, 4),)
STRUCTURES = (*OPERANDS, "unit")
DTYPES = ("float32", "float64", "complex64", "complex128")


def kernels(
    depth: int, shapes: tuple[Shape, ...], large: tuple[Shape, ...], *, in_complex: bool = False
) -> SearchStrategy[Problem]:
    """Kernels (B, ...) of N entries and matrices (B, N, 2)."""
    places, more = ([_place(shape) for shape in group] for group in (shapes, large))
    return placed(depth, places, more, in_complex=in_complex, structures=STRUCTURES, degree=3)


def _place(shape: Shape) -> Place:
    count = 1
    for n in shape:
        count *= n
    return (shape, (count, 2)), ()


def diagonals(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Diagonals (B, 2 n - 1) of Toeplitz matrices, from the upper right, and (B, n, 2)."""
    places, large = (
        [(((2 * n - 1,), (n, 2)), ()) for (n,) in group] for group in (LENGTHS, LARGE_LENGTHS[:2])
    )
    return placed(depth, places, large, in_complex=in_complex, structures=STRUCTURES, degree=3)


TERMS = {  # peak * length and length/least first: either alone may be near the end of the range
    "phi": "0.505*stages",
    "lost": "16*order*(stages + 1)*tiny/eps",
}
OF_SOLUTIONS = {
    **TERMS,
    "moved": "phi*sqrt(order)*(kernel/least) + lost/least",
    "off": "1.01*(2*phi + 6 + moved/(1 - moved*eps))",
}
TRANSFORM = (
    "with u = eps/2, a transform is off by `stages` u = 2 phi u of its length: 7.7 for each prime "
    "factor 2 of its order, sqrt(r) (r + 5) + 4.9 for others (after Higham 2002, 24.1, weights "
    "within 2 u); that of the kernel moves eigenvalues by phi eps sqrt(N) ||h||, and by what is "
    "lost to underflow; "
)
PRODUCT = Claim(
    name="lengthwise",
    measure=lengthwise,
    bound="1.01*((2*phi + 2)*(peak*length) + phi*sqrt(order)*(kernel*length) + lost*length) "
    "+ lost*(peak + 1)",
    unless="2*(2*phi + 2)*eps",
    relative=False,
    because=TRANSFORM + "the two others are unitary but for sqrt(N) and meet a product of complex "
    "numbers, which is within 2.9 u, and a division by N; norms are Euclidean, peak is the "
    "largest eigenvalue",
)
SOLUTION = Claim(
    name="lengthwise",
    measure=lengthwise,
    bound="off*(length/least) + lost*(1 + 1/least)",
    unless="max(2*(2*phi + 6)*eps, 2*moved*eps, 4*sqrt(order)*(kernel/huge))",
    relative=False,
    because=TRANSFORM + "of eigenvalues lambda >= least, a reciprocal is off by moved/(1 - moved "
    "eps) relative to itself; the two others are as in the product, and a quotient of "
    "complex numbers is within 10 u, whichever formula takes it (Higham 2002, 3.6); no partial sum "
    "of an eigenvalue leaves the range, where b over infinity would be a silent zero",
)


def _turned(tf: Any, call: Any, kernel: Any, x: Any) -> Any:
    """The kernel backwards: the transposed matrix, for Toeplitz ones."""
    return call(tf.reverse(kernel, [-1]), x)


def _real(tf: Any, call: Any, kernel: Any, x: Any) -> Any:
    """The imaginary part lost on the way, as by a cast."""
    return tf.cast(tf.math.real(call(kernel, x)), x.dtype)


def _scaled(tf: Any, call: Any, kernel: Any, x: Any) -> Any:
    """One normalisation of a transform too many."""
    return call(kernel, x) / x.shape[-2] if x.shape[-2] > 1 else 2 * call(kernel, x)


def _wrapped(tf: Any, call: Any, kernel: Any, x: Any) -> Any:
    """An answer whose entries are one place off, as of a transform that starts at 1."""
    return tf.roll(call(kernel, x), 1, -2)


FAULTS = (
    Fault("kernel backwards", _turned),
    Fault("normalised twice", _scaled),
    Fault("one place off", _wrapped),
    Fault("half the digits of the kernel", lambda tf, call, h, x: call(coarse(tf, h), x)),
    Fault("half the digits of the answer", lambda tf, call, h, x: coarse(tf, call(h, x))),
    Fault("sizes for numbers", lambda tf, call, h, x: call(tf.cast(tf.abs(h), h.dtype), x)),
    Fault("imaginary part lost", _real, complex=True),
    Fault("conjugated", lambda tf, call, h, x: call(tf.math.conj(h), x), complex=True),
)


def _row(name: str, call: str, problems: Any, claim: Claim, excused: str, *engines: Any) -> Routine:
    """`engines`: the reference, the opinion and the audit."""
    reference, rival, audit = engines
    return Routine(
        name=f"linalg.LinearOperator{name}",
        call=f"properties.linalg.operators:{call}",
        problems=problems,
        complex_problems=partial(problems, in_complex=True),
        reference=reference,
        rival=rival,
        audit=audit,
        terms=OF_SOLUTIONS if claim is SOLUTION else TERMS,
        excused=excused,
        claims=(claim,),
        faults=FAULTS,
        dtypes=DTYPES,
        volume=0.2,
    )


def _product(name: str, call: str, problems: Any, kind: str = "circulant") -> Routine:
    rival = getattr(numeric, kind)
    return _row(
        name, call, problems, PRODUCT, "4*order**2*max(1, kernel)*max(1, length)/huge",
        getattr(convolutions, kind), rival, audited(rival),
    )  # fmt: skip


lines = partial(kernels, shapes=LENGTHS, large=LARGE_LENGTHS)
grids = partial(kernels, shapes=GRIDS, large=LARGE_GRIDS)
cubes = partial(kernels, shapes=CUBES, large=LARGE_CUBES)
CIRCULANT = _product("Circulant", "circulant", lines)
CIRCULANT_2D = _product("Circulant2D", "circulant_2d", grids)
CIRCULANT_3D = _product("Circulant3D", "circulant_3d", cubes)
TOEPLITZ = _product("Toeplitz", "toeplitz", diagonals, "toeplitz")
SOLVE = _row(
    "Circulant.solve", "circulant_solve", lines, SOLUTION,
    "max(4*order**2*max(length, kernel, length/least)/huge, 2*moved*eps)",
    convolutions.circulant_solve, numeric.circulant_solve, numeric.circulant_solve_audit,
)  # fmt: skip

test_circulant = verify(CIRCULANT)
test_circulant_solve = verify(SOLVE)
test_circulant_2d = verify(CIRCULANT_2D)
test_circulant_3d = verify(CIRCULANT_3D)
test_toeplitz = verify(TOEPLITZ)
