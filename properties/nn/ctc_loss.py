"""tf.nn.ctc_loss of dense and of sparse labels: logarithms of sums over alignments."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.faults import coarse
from properties.placed import placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import alignments, numeric_alignments
from references.audits_numeric import audited

STRUCTURES = ("ties", "ordinary", "narrow", "offset", "dominant", "underflow", "chapter")
SIZES = ((5, 4, 3), (8, 3, 2), (3, 5, 2), (12, 4, 5))  # frames, classes, labels at most
PLACES = tuple((sizes, (("blank_index", blank),)) for sizes in SIZES for blank in (0, -1))
LARGE = (((40, 8, 8), (("blank_index", 0),)),)


def sequences(depth: int, *, least: tuple[int, ...] = ()) -> SearchStrategy[Problem]:
    """Logits (B, T, C), labels (B, L), at `least` so many, numbers of both (B, 1)."""
    places, large = (
        tuple(((*sizes, *least), arguments) for sizes, arguments in some)
        for some in (PLACES, LARGE)
    )
    return placed(
        depth,
        places,  # type: ignore[arg-type]
        large,  # type: ignore[arg-type]
        structures=STRUCTURES,
        kind="alignments",
    )


def _doubled(tf, call, x, labels, count, length, **k):
    """Each label twice."""
    return call(x, tf.repeat(labels, 2, 1), count * 2, length, **k)


FAULTS = (
    Fault("half the digits", lambda tf, call, x, *rest, **k: call(coarse(tf, x), *rest, **k)),
    Fault("half the digits of the answer", lambda tf, call, *inputs, **k: coarse(
        tf, call(*inputs, **k))),
    Fault("all frames", lambda tf, call, x, labels, count, length, **k: call(
        x, labels, count, length * 0 + x.shape[1], **k)),
    Fault("all labels", lambda tf, call, x, labels, count, length, **k: call(
        x, labels, count * 0 + tf.cast(labels.shape[1], x.dtype), length, **k)),
    Fault("labels reversed", lambda tf, call, x, labels, *rest, **k: call(
        x, tf.reverse(labels, [1]), *rest, **k)),
    Fault("frames reversed", lambda tf, call, x, *rest, **k: call(
        tf.reverse(x, [1]), *rest, **k)),
    Fault("another blank", lambda tf, call, x, *rest, blank_index: call(
        tf.roll(x, 1, 2), *rest, blank_index=blank_index)),
    Fault("each label twice", _doubled),
    Fault("likelihood for loss", lambda tf, call, *inputs, **k: tf.exp(-call(*inputs, **k))),
    Fault("powers of two", lambda tf, call, x, *rest, **k: call(
        x * 0.6931471805599453, *rest, **k)),
    Fault("mean over frames", lambda tf, call, *inputs, **k: call(
        *inputs, **k) / inputs[3][:, 0]),
)  # fmt: skip
CTC_LOSS = Routine(
    name="nn.ctc_loss",
    call="properties.nn.calls:ctc_loss",
    problems=sequences,
    reference=alignments.ctc_loss,
    rival=numeric_alignments.ctc_loss,
    audit=audited(numeric_alignments.ctc_loss),
    claims=(
        Claim(
            name="absolute",
            measure=deviation(),
            bound="1.02*rounded + m*(n + 2*k + 2)*tiny/eps",
            unless="4*(n + 8)*eps",
            relative=False,
            because="the logarithm of a sum moves no further than its terms, so errors of frames "
            "add up: that of the logarithm of a share, of a sum of three exponentials, and three "
            "roundings of what was summed up before",
        ),
    ),
    faults=FAULTS,
    dtypes=("bfloat16", "float16", "float32"),
    volume=0.3,
    compiled=2,
)
CTC_LOSS_SPARSE = replace(
    CTC_LOSS,
    name="nn.sparse.ctc_loss",
    call="properties.nn.calls:ctc_loss_sparse",
    problems=partial(sequences, least=(1,)),  # it refuses to be asked for no label at all
    dtypes=("bfloat16", "float16", "float32", "float64"),
)

test_ctc_loss = verify(CTC_LOSS)
test_ctc_loss_sparse = verify(CTC_LOSS_SPARSE)
