"""tf.linalg.matrix_transpose, adjoint, band_part, diag, diag_part, set_diag: bit by bit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.faults import coarse
from properties.placed import Place, placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import arrangements

Shape = tuple[int, ...]


def _place(*shapes: Shape, **arguments: Any) -> Place:
    return shapes, tuple(arguments.items())


PLACES: dict[str, tuple[Place, ...]] = {
    "matrix_transpose": (_place((2, 3)), _place((5, 3), conjugate=True)),
    "adjoint": (_place((2, 3)), _place((5, 3))),
    "band_part": (
        _place((3, 3), num_lower=1, num_upper=0),
        _place((3, 5), num_lower=-1, num_upper=1),
        _place((5, 3), num_lower=2, num_upper=-1),
    ),
    "diag_part": (
        _place((3, 3), k=0), _place((3, 5), k=1), _place((5, 3), k=-2), _place((3, 5), k=(-1, 2)),
        _place((5, 5), k=(-1, 1), align="LEFT_RIGHT"),
    ),
    "set_diag": (
        _place((3, 3), (3,), k=0), _place((5, 3), (3,), k=-1), _place((3, 5), (3, 3), k=(-1, 1)),
        _place((5, 5), (2, 4), k=(1, 2), align="LEFT_RIGHT"),
    ),
    "diag": (_place((3,), k=0), _place((5,), k=-2), _place((2,), k=1)),
}  # fmt: skip


def arrays(depth: int, *, name: str, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Arrays of any entries, with what says where they go."""
    structures = ("dense", "graded", "mostly zero")
    return placed(depth, PLACES[name], in_complex=in_complex, structures=structures, degree=1)


EXACT = Claim(
    name="exact",
    measure=deviation(),
    bound="0",
    relative=False,
    because="entries are moved, zeros put beside them, and nothing is computed with them",
)


def _of_first(tf, call, a, *others, **arguments):
    return call(coarse(tf, a), *others, **arguments)


def _unconjugated(tf, call, a, *others, **arguments):
    return call(tf.math.conj(a), *others, **arguments)


def _reversed_rows(tf, call, a, *others, **arguments):
    """The last axis read backwards."""
    return call(tf.reverse(a, [-1]), *others, **arguments)


def _last_ulp(tf, call, a, *others, **arguments):
    """Multiplied by 1 + eps and back."""
    third = call(a, *others, **arguments) / 3
    return third * 3 + third / 65536


COMMON = (
    Fault("half the digits", _of_first),
    Fault("last axis reversed", _reversed_rows),
    Fault("computed with", _last_ulp),
)
CONJUGATED = Fault("conjugated", _unconjugated, complex=True)


def _row(name: str, *faults: Fault) -> Routine:
    problems: Callable[..., SearchStrategy[Problem]] = partial(arrays, name=name)
    return Routine(
        name=f"linalg.{name}",
        call=f"linalg.{name}",
        problems=problems,
        complex_problems=partial(arrays, name=name, in_complex=True),
        reference=getattr(arrangements, name),
        claims=(EXACT,),
        faults=(*COMMON, CONJUGATED, *faults),
        volume=0.2,
    )


def _not_turned(tf, call, a, **arguments):
    """Rows laid out in columns' shape: a reshape for a transpose."""
    return tf.reshape(a, tf.shape(call(a, **arguments)))


def _exchanged(tf, call, a, num_lower, num_upper):
    """The limits for each other."""
    return call(a, num_lower=num_upper, num_upper=num_lower)


def _opposite(tf, call, a, *others, k, **arguments):
    """The diagonals in opposite order, or one place off where there is one."""
    found = call(a, *others, k=k, **arguments)
    axis = -1 if isinstance(k, int) else -2
    return tf.roll(found, 1, axis)


TRANSPOSE = _row("matrix_transpose", Fault("reshaped", _not_turned))
ADJOINT = _row("adjoint", Fault("reshaped", _not_turned))
BAND_PART = _row("band_part", Fault("limits exchanged", _exchanged))
DIAG_PART = _row("diag_part", Fault("one place off", _opposite))
SET_DIAG = _row("set_diag", Fault("one place off", _opposite))
DIAG = _row("diag", Fault("one place off", _opposite))

test_matrix_transpose = verify(TRANSPOSE)
test_adjoint = verify(ADJOINT)
test_band_part = verify(BAND_PART)
test_diag_part = verify(DIAG_PART)
test_set_diag = verify(SET_DIAG)
test_diag = verify(DIAG)
