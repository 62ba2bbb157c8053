"""Gradients of tf.linalg: of inverses, solutions of systems and determinants, by a tape."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from hypothesis.strategies import SearchStrategy

from properties import complex_draws, complex_matrices, draws
from properties.distances import ROWS, error_and_size
from properties.draws import FEW_ORDERS, FINE, GENERAL, LARGE_ORDERS, ORDERS, PARTS, by_depth, drawn
from properties.embedding import MATRIX
from properties.faults import coarse
from properties.linalg.cholesky import CHOLESKY
from properties.linalg.det import BECAUSE as OF_PIVOTS
from properties.linalg.det import ELIMINATION
from properties.linalg.inv import INV
from properties.linalg.solve import SOLVE
from properties.measures import columnwise, matrixwise, ratio, transposed
from properties.routine import Case, Claim, Embedding, Fault, Problem, Routine
from properties.verify import verify
from references import embedded, pullbacks
from references import pullbacks_opinions as opinions
from references.embedded import column, matrix
from references.interleaved import hermitian
from references.interval import Interval
from references.truth import Enclosure

HERE = "properties.linalg.pullbacks"


def pairs(depth: int) -> SearchStrategy[Problem]:
    """Square A (B, n, n), and of its shape what comes from above."""
    sizes = [(n, n) for (n,) in by_depth(depth, ORDERS, LARGE_ORDERS[:2])]
    return drawn("systems", depth, sizes, GENERAL, FINE, ((),))


def complex_pairs(depth: int) -> SearchStrategy[Problem]:
    """The same of complex numbers."""
    sizes = [(n, n) for (n,) in by_depth(depth, FEW_ORDERS, LARGE_ORDERS[:2])]
    return drawn("complex systems", depth, sizes, complex_matrices.STRUCTURES, PARTS, ((),))


def systems(depth: int) -> SearchStrategy[Problem]:
    """Square A (B, n, n) and b (B, n, k)."""
    sizes = [(n, k) for (n,) in by_depth(depth, ORDERS, LARGE_ORDERS[:2]) for k in (1, 3)]
    return drawn("systems", depth, sizes, GENERAL, FINE, ((),))


def complex_systems(depth: int) -> SearchStrategy[Problem]:
    """The same of complex numbers."""
    sizes = [(n, 2) for (n,) in by_depth(depth, FEW_ORDERS, LARGE_ORDERS[:2])]
    return drawn("complex systems", depth, sizes, complex_matrices.STRUCTURES, PARTS, ((),))


def adjoint(terms: Mapping[str, str | Mapping[str, str]]) -> dict[str, str | Mapping[str, str]]:
    """The same terms of the adjoint system: of names that end in _t."""
    own = re.compile(
        rf"\b({'|'.join([*terms, 'growth', 'kappa', 'columns', 'norm_a', 'norm_b'])})\b"
    )

    def renamed(formula: str) -> str:
        return own.sub(r"\1_t", formula)

    return {
        f"{name}_t": renamed(term) if isinstance(term, str)
        else {mode: renamed(formula) for mode, formula in term.items()}
        for name, term in terms.items()
    }  # fmt: skip


def of_transposes(case: Case) -> Interval:
    """||X' - X|| / ||X|| of the transposes, in the infinity norm."""
    part = case.truth.parts[0]
    hi, lo, radius = (transposed(side) for side in (part.hi, part.lo, part.radius))
    turned = Enclosure(hi, lo, radius, part.exponent)
    error, size = error_and_size(transposed(case.answer[0]), turned, ROWS)
    return ratio(error, size, case.dtype.eps)


def second_array(case: Case) -> Interval:
    """The largest ||x' - x|| / ||x|| of a column of the second array, in the infinity norm."""
    truth = replace(case.truth, parts=case.truth.parts[1:])
    return columnwise(replace(case, answer=case.answer[1:], truth=truth))


def _of_answer(tf, call, *inputs, **arguments):
    answer = call(*inputs, **arguments)
    return tuple(coarse(tf, x) for x in answer) if isinstance(answer, tuple) else coarse(tf, answer)


HALVES = (
    Fault("half the digits of the matrix",
          lambda tf, call, a, *rest, **k: call(coarse(tf, a), *rest, **k)),
    Fault("half the digits of the answer", _of_answer),
)  # fmt: skip
TRANSPOSED = Fault(
    "transposed", lambda tf, call, a, *rest, **k: tf.linalg.matrix_transpose(call(a, *rest, **k))
)
NEGATED = Fault("of the other sign", lambda tf, call, a, *rest, **k: -call(a, *rest, **k))
CONJUGATED = Fault(
    "conjugated", lambda tf, call, a, *rest, **k: tf.math.conj(call(a, *rest, **k)), complex=True
)

INVERSE = Routine(
    name="linalg.inv.gradient",
    call=f"{HERE}:inv",
    problems=pairs,
    complex_problems=complex_pairs,
    embedding=Embedding((matrix, matrix), (matrix,)),
    reference=pullbacks.inv,
    rival=opinions.inv,
    audit=opinions.audit_inv,
    terms={
        **INV.terms,
        "terms": "n*(1 + complex)",
        "lost": "terms**2*(1 + norm_x)**2*tiny/eps/norm_g",
        "moved": "(2*spread + spread**2*eps + 1.01*terms)*reach + lost",
    },
    excused="max(2*eps*spread, 2*norm_w*norm_x*(1 + norm_x)/huge)",
    claims=(
        Claim(
            name="forward",
            measure=of_transposes,
            bound="moved",
            unless="2*spread*eps",
            because="-X^T W X^T of a computed inverse X, off by spread eps of its norm as that of "
            "linalg.inv, twice; two products of n terms: all of ||X||^2 ||W^T||, reach times the "
            "norm of the answer's transpose",
        ),
    ),
    faults=(
        *HALVES,
        TRANSPOSED,
        NEGATED,
        CONJUGATED,
        Fault("what comes from above transposed",
              lambda tf, call, a, w: call(a, tf.linalg.matrix_transpose(w))),
        Fault("one factor only",
              lambda tf, call, a, w: -tf.linalg.matmul(tf.linalg.inv(a), w, adjoint_a=True)),
    ),
    volume=0.1,  # each shape is traced and compiled, and its truths come from balls
    pullback=True,
)  # fmt: skip
SOLUTION = Routine(
    name="linalg.solve.gradient",
    call=f"{HERE}:solve",
    problems=systems,
    complex_problems=complex_systems,
    embedding=Embedding((matrix, column), (matrix, column)),
    reference=pullbacks.solve,
    rival=opinions.solve,
    audit=opinions.audit_solve,
    terms={
        **SOLVE.terms,
        **adjoint(SOLVE.terms),
        "x": "2*compounded(spread, eps)",
        "y": "2*compounded(spread_t, eps)",
        "lost": "2*n*k*(1 + complex)*(1 + top)*tiny/eps/norm_g",
    },
    excused="max(2*eps*spread, 2*eps*spread_t, 2*norm_g/huge, 2*top/huge)",
    claims=(
        Claim(
            name="of the matrix",
            measure=matrixwise,
            bound="(x + y + x*y*eps + 0.505*k*(1 + complex))*reach + lost",
            unless="max(2*eps*spread, 2*eps*spread_t)",
            because="-Y X^H of computed solutions, each column off as linalg.solve's are, times "
            "the norm of the other, n entries at most as large: reach; a product of k terms",
        ),
        Claim(
            name="of the right-hand side",
            measure=second_array,
            bound="y",
            because="a solution of the adjoint system: linalg.solve with its limit",
        ),
    ),
    faults=(
        *HALVES,
        Fault("matrix not transposed", lambda tf, call, a, b: call(tf.linalg.adjoint(a), b)),
        Fault("of the other sign", lambda tf, call, a, b: (
            lambda ga, gb: (-ga, gb))(*call(a, b))),
        Fault("matrix's transposed", lambda tf, call, a, b: (
            lambda ga, gb: (tf.linalg.matrix_transpose(ga), gb))(*call(a, b))),
        Fault("right-hand side's conjugated", lambda tf, call, a, b: (
            lambda ga, gb: (ga, tf.math.conj(gb)))(*call(a, b)), complex=True),
    ),
    volume=0.1,
    pullback=True,
)  # fmt: skip
DETERMINANT = Routine(
    name="linalg.det.gradient",
    call=f"{HERE}:det",
    problems=draws.square,
    complex_problems=complex_draws.square,
    embedding=MATRIX,
    reference=pullbacks.det,
    rival=opinions.det,
    audit=opinions.audit_det,
    terms={
        **ELIMINATION, **adjoint(INV.terms),
        "doubt": f"max({ELIMINATION['doubt']}, 2*eps*spread_t, "
        "2*size*max(1, complex*norm_x_t)/huge)",
        "product": "drift + 0.505*n*(1 + 2*complex)",
        "sum": "drift + 0.5*(n + 3)*logs + 10*n*complex",
        "root": "1 + 0.4143*complex",
        "flushed": "tiny/eps/size",
    },
    excused="doubt",
    claims=tuple(
        Claim(
            name=name,
            measure=matrixwise,
            bound=f"compounded(root*{of_value} + root**2*(spread_t + 1), eps) + {beside}",
            unless=f"max(doubt, 2*(root*{of_value} + root**2*spread_t)*eps, 2*flushed*eps)",
            because="the conjugate of det A times A^-H: linalg.det and linalg.inv with their "
            "limits, root from moduli to |re| + |im| or back; " + OF_PIVOTS,
        )
        for name, of_value, beside in (
            ("forward", "product", "flushed"), ("through logarithms", "sum", "flushed + 4*root")
        )
    ),
    faults=(
        *HALVES, TRANSPOSED, NEGATED, CONJUGATED,
        Fault("inverse alone", lambda tf, call, a: tf.linalg.inv(a, adjoint=True)),
        Fault("size of the determinant", lambda tf, call, a: call(a) * tf.sign(
            tf.linalg.det(a))[..., None, None]),
    ),
    volume=0.1,
    pullback=True,
)  # fmt: skip
LOGARITHM = Routine(
    name="linalg.slogdet.gradient",
    call=f"{HERE}:slogdet",
    problems=draws.square,
    complex_problems=complex_draws.square,
    embedding=MATRIX,
    reference=partial(embedded.inv, adjoint=True),
    rival=opinions.slogdet,
    audit=opinions.audit_slogdet,
    terms=INV.terms,
    excused=INV.excused,
    claims=(
        Claim(
            name="forward",
            measure=matrixwise,
            bound="compounded(spread, eps)",
            because="A^-H is the inverse of the adjoint: linalg.inv with its limit",
        ),
    ),
    faults=(*HALVES, TRANSPOSED, NEGATED, CONJUGATED),
    volume=0.1,
    pullback=True,
)
DEFINITE = Routine(
    name="linalg.logdet.gradient",
    call=f"{HERE}:logdet",
    problems=draws.definite,
    complex_problems=complex_draws.definite,
    embedding=Embedding((hermitian,), (matrix,)),
    reference=pullbacks.logdet,
    rival=opinions.logdet,
    audit=opinions.audit_logdet,
    terms={
        **CHOLESKY.terms,
        "root": "sqrt(n*(1 + complex))",
        "moved": "n*eta*kappa",
        "lost": "4*n**2*(1 + 1/norm_x)*tiny/eps",
    },
    excused=f"max({CHOLESKY.excused}, 2*moved*eps)",
    claims=(
        Claim(
            name="forward",
            measure=matrixwise,
            bound="root*(compounded(moved, eps) + 2*gamma*n**2*sqrt(kappa) + 2*n**2) + lost",
            unless="max(3*skew, 2*moved)*eps",
            because="L^-H L^-1, L exact for A + E, ||E|| at most n eta eps ||A||, as that of "
            "linalg.cholesky; a triangle's inverse Y is off by gamma |Y||L||Y|, which a product "
            "makes n^2 gamma kappa_2(L) twice, and products round by n eps of |Y^H||Y|, whose norm "
            "is n at most times that of the answer; root from 2-norms to infinity norms",
        ),
    ),
    faults=(
        *HALVES,
        NEGATED,
        CONJUGATED,
        Fault("lower triangle alone", lambda tf, call, a: tf.linalg.band_part(call(a), -1, 0)),
        Fault("twice", lambda tf, call, a: 2 * call(a)),
    ),
    volume=0.1,
    pullback=True,
)
test_inv = verify(INVERSE)
test_solve = verify(SOLUTION)
test_det = verify(DETERMINANT)
test_slogdet = verify(LOGARITHM)
test_logdet = verify(DEFINITE)
