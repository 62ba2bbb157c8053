"""Losses of tf.nn: cross-entropies of logits with labels, and half of a sum of squares."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from properties import lengths
from properties.draws import ALL, SEEDS, by_depth
from properties.faults import coarse
from properties.linalg.matmul import TERMS
from properties.logits import LOGITS
from properties.makers import Recipe
from properties.measures import absolute
from properties.placed import placed
from properties.recipes import problem
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import losses, numeric_losses
from references.audits_numeric import audited

CALLS = "properties.nn.calls"
AXES = (((3,), -1), ((8,), 1), ((3, 5), 1), ((3, 5), -1))
LARGE_AXES = (((100,), -1),)
WEIGHTS = (1.0, 0.5, 3.0)


def _drawn(depth: int, kind: str, places: Sequence[Any]) -> SearchStrategy[Problem]:
    """Labels and logits of these shapes with these arguments."""
    fields = st.tuples(
        st.sampled_from(places), st.sampled_from(tuple(LOGITS)), st.sampled_from(ALL), SEEDS
    )

    def assembled(values: tuple[Any, ...]) -> Problem:
        (shape, arguments), structure, grid, seed = values
        number = int.from_bytes(seed, "big")
        return problem(
            Recipe(kind, depth, shape, structure, 0, 0, grid.name, number, tuple(arguments))
        )

    return fields.map(assembled)


def labelled(depth: int) -> SearchStrategy[Problem]:
    """Shares of classes and logits (B, ...), with the axis of the classes."""
    places = [(shape, (("axis", axis),)) for shape, axis in by_depth(depth, AXES, LARGE_AXES)]
    return _drawn(depth, "labelled logits", places)


def classed(depth: int) -> SearchStrategy[Problem]:
    """Classes (B, ...), as numbers, and logits (B, ..., n)."""
    shapes = by_depth(depth, ((3,), (8,), (3, 5)), ((100,),))
    return _drawn(depth, "classed logits", [(shape, ()) for shape in shapes])


def classed_with(depth: int, *, shapes: Sequence[Any], arguments: Any) -> SearchStrategy[Problem]:
    """Classes (B,), as numbers, and predictions (B, n) of these shapes, with these arguments."""
    return _drawn(
        depth, "classed logits", [(shape, more) for shape in shapes for more in arguments]
    )


def logits_at(
    depth: int, *, places: Sequence[Any], kind: str = "logits"
) -> SearchStrategy[Problem]:
    """Logits of these shapes with these arguments, an axis among them, or a kind with more."""
    return _drawn(depth, kind, places)


def targeted(depth: int) -> SearchStrategy[Problem]:
    """A target from 0 to 1 for each logit, both (B, n)."""
    return _drawn(depth, "targeted logits", [((n,), ()) for n in by_depth(depth, (3, 16), (33,))])


def weighted(depth: int) -> SearchStrategy[Problem]:
    """The same with the weight of what is positive."""
    sizes = by_depth(depth, (3, 16), (33,))
    return _drawn(
        depth, "targeted logits", [((n,), (("pos_weight", q),)) for n in sizes for q in WEIGHTS]
    )


def tensors(depth: int) -> SearchStrategy[Problem]:
    """Arrays (B, ...) of one, two and three axes."""
    shapes = tuple(((shape,), ()) for shape in ((3,), (16,), (3, 5)))
    return placed(depth, shapes, ((((1000,),), ()),), degree=2)


ROWS = {
    "spread": "(mean_distance + n)/2 + 2 + n*tiny/eps",
    "shares": "(labelled + 2.5*logarithm + spread/(1 - spread*eps))/(1 - 3*eps) + 2*tiny/eps",
}
ROW = Claim(
    name="entrywise",
    measure=absolute(),
    bound="shares + 0.505*(n + 1)*(size + shares*eps)/(1 - n*eps) + n*tiny/eps",
    unless="2*max(spread, n)*eps",
    relative=False,
    because="each logarithm of a share is off as that of log_softmax, by half an eps of its "
    "distance twice, averaged by the labels; products with labels and their sum, all of one sign, "
    "are off by gamma_n of the loss",
)
TAIL = "log1p and exp are within 2 eps of themselves, 4 of the logarithm"
FAULTS = (
    Fault("half the digits of the logits",
          lambda tf, call, p, x, **k: call(p, coarse(tf, x), **k)),
    Fault("half the digits of the answer",
          lambda tf, call, p, x, **k: coarse(tf, call(p, x, **k))),
    Fault("labels ignored", lambda tf, call, p, x, **k: call(tf.zeros_like(p), x, **k)),
    Fault("logits negated", lambda tf, call, p, x, **k: call(p, -x, **k)),
    Fault("powers of two", lambda tf, call, p, x, **k: call(p, x * 0.6931471805599453, **k)),
)  # fmt: skip


def _unstable(tf, call, p, x, axis):
    """The logarithm of softmax, which underflows."""
    return -tf.reduce_sum(p * tf.math.log(tf.nn.softmax(x, axis=axis)), axis)


def _mean(tf, call, p, x, axis):
    """Means for sums over classes."""
    return call(p, x, axis=axis) / x.shape[axis]


def _largest(tf, call, p, x, axis):
    """The largest logit for the logarithm of a sum."""
    return tf.reduce_sum(p * (tf.reduce_max(x, axis, keepdims=True) - x), axis)


def next_class(tf, call, p, x):
    """Classes counted from one."""
    return call(tf.math.floormod(p + 1, tf.cast(x.shape[-1], p.dtype)), x)


def _naive(tf, call, p, x, **weights):
    """The definition, in which logarithms of zero stand."""
    share = tf.sigmoid(x)
    q = weights.get("pos_weight", 1.0)
    return -(q * p * tf.math.log(share) + (1 - p) * tf.math.log(1 - share))


def _routine(name: str, *claims: Claim, **fields: Any) -> Routine:
    """A routine of the table: its reference, opinion and audit have one name."""
    own = name.removesuffix("_with_logits")
    return Routine(
        name=f"nn.{name}",
        call=fields.pop("call", f"nn.{name}"),
        reference=getattr(losses, own),
        rival=getattr(numeric_losses, own),
        audit=audited(getattr(numeric_losses, own)),
        claims=claims,
        volume=0.3,
        **fields,
    )


SOFTMAX_CROSS_ENTROPY = _routine(
    "softmax_cross_entropy_with_logits",
    ROW,
    problems=labelled,
    long=partial(lengths.logits, kind="labelled logits"),
    terms=ROWS,
    faults=(
        *FAULTS,
        Fault("logarithm of softmax", _unstable),
        Fault("means over classes", _mean),
        Fault("largest logit alone", _largest),
        Fault("half the digits of the labels", lambda tf, call, p, x, axis: call(
            tf.round(p * 4) / 4, x, axis=axis)),
    ),
)  # fmt: skip
SPARSE_SOFTMAX_CROSS_ENTROPY = _routine(
    "sparse_softmax_cross_entropy_with_logits",
    ROW,
    call=f"{CALLS}:sparse_softmax_cross_entropy_with_logits",
    problems=classed,
    terms=ROWS,
    faults=(*FAULTS, Fault("classes from one", next_class)),
)
SIGMOID_CROSS_ENTROPY = _routine(
    "sigmoid_cross_entropy_with_logits",
    Claim(
        name="entrywise",
        measure=absolute(),
        bound="(0.505*(product + step + size) + 4.1*tail)/(1 - 4*eps) + 4*tiny/eps",
        relative=False,
        because="a product, a difference and a sum round once each; " + TAIL,
    ),
    problems=targeted,
    faults=(*FAULTS, Fault("definition", _naive)),
)
WEIGHTED_CROSS_ENTROPY = _routine(
    "weighted_cross_entropy_with_logits",
    Claim(
        name="entrywise",
        measure=absolute(),
        bound="(1.01*first + 0.505*(size + (factor + 3*weight)*(tail + below)) "
        "+ 4.1*weight*tail)/(1 - 4*eps) + (6 + 2*weight)*tiny/eps",
        relative=False,
        because="1 - z and its product with x round, the weight rounds by half an eps of (q - 1) z "
        "and of itself, the inner sum once, its product once, the outer sum once; " + TAIL,
    ),
    problems=weighted,
    faults=(
        *FAULTS,
        Fault("definition", _naive),
        Fault("weight ignored", lambda tf, call, p, x, pos_weight: call(
            p, x, pos_weight=1.0 if pos_weight != 1.0 else 2.0)),
        Fault("weight of the negative", lambda tf, call, p, x, pos_weight: call(
            1 - p, -x, pos_weight=pos_weight * 2)),
    ),
)  # fmt: skip
L2_LOSS = _routine(
    "l2_loss",
    Claim(
        name="half of squares",
        measure=absolute(),
        bound="gamma*size + lost",
        unless="steps*eps",
        relative=False,
        because="a sum of n squares is off by gamma_n of itself, in any order (Higham 2002, 3.1); "
        "half of it is exact, and each square may lose tiny",
    ),
    call=f"{CALLS}:l2_loss",
    problems=tensors,
    terms=TERMS,
    excused="4*top/huge",
    faults=(
        Fault("half the digits", lambda tf, call, x: call(coarse(tf, x))),
        Fault("half the digits of the answer", lambda tf, call, x: coarse(tf, call(x))),
        Fault("not halved", lambda tf, call, x: call(x) * 2),
        Fault("its root", lambda tf, call, x: tf.sqrt(call(x))),
        Fault("last entries left out", lambda tf, call, x: call(
            tf.concat([x[..., :-1], tf.zeros_like(x[..., -1:])], -1))),
    ),
)  # fmt: skip

test_softmax_cross_entropy = verify(SOFTMAX_CROSS_ENTROPY)
test_sparse_softmax_cross_entropy = verify(SPARSE_SOFTMAX_CROSS_ENTROPY)
test_sigmoid_cross_entropy = verify(SIGMOID_CROSS_ENTROPY)
test_weighted_cross_entropy = verify(WEIGHTED_CROSS_ENTROPY)
test_l2_loss = verify(L2_LOSS)
