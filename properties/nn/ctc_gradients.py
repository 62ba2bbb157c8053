"""Gradients of tf.nn.ctc_loss by logits, of dense and of sparse labels, by a tape.

Shares less occupations cancel by nature, so limits speak of both: where labels are nearly certain
what is left is small.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from properties.entries import deviation
from properties.nn.ctc_loss import FAULTS, PLACES, STRUCTURES
from properties.nn.softmax_gradients import HERE
from properties.placed import placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import numeric_alignments, pullbacks_of_alignments
from references.audits_numeric import audited


def sequences(depth: int, *, least: tuple[int, ...] = ()) -> SearchStrategy[Problem]:
    """Logits (B, T, C), labels (B, L), at `least` so many, numbers of both (B, 1)."""
    places = tuple(((*sizes, *least), arguments) for sizes, arguments in PLACES)
    return placed(depth, places, structures=STRUCTURES, kind="alignments")  # type: ignore[arg-type]


def _beyond(problem: Problem) -> NDArray[np.bool_]:
    """Entries (B, T, C) of frames that are not part of the sequence."""
    logits, _, _, length = problem.inputs
    after = np.arange(logits.shape[1]) >= np.where(np.isfinite(length), length, 0)
    return np.asarray(after[..., None] & np.ones(logits.shape, dtype=bool))


def _within(problem: Problem) -> NDArray[np.bool_]:
    return ~_beyond(problem)


def _shares_alone(tf, call, x, *rest, **arguments):
    """Nothing taken off."""
    found = call(x, *rest, **arguments)
    return tf.where(found == 0, found, tf.nn.softmax(x))


def _sum_of_frames(tf, call, x, *rest, **arguments):
    """Each frame has the mean of all."""
    found = call(x, *rest, **arguments)
    return found * 0 + tf.reduce_mean(found, 1, keepdims=True)


OURS = (
    Fault("of the other sign", lambda tf, call, *inputs, **k: -call(*inputs, **k)),
    Fault("shares alone", _shares_alone),
    Fault("mean over frames", _sum_of_frames),
    Fault("frames reversed in the answer", lambda tf, call, *inputs, **k: tf.reverse(
        call(*inputs, **k), [1])),
)  # fmt: skip
REUSED = {
    "half the digits", "half the digits of the answer", "all frames", "all labels",
    "labels reversed", "frames reversed", "another blank", "each label twice", "powers of two",
}  # fmt: skip
CTC_LOSS = Routine(
    name="nn.ctc_loss.gradient",
    call=f"{HERE}:ctc_loss",
    problems=sequences,
    reference=pullbacks_of_alignments.ctc_loss,
    rival=numeric_alignments.ctc_gradient,
    audit=audited(numeric_alignments.ctc_gradient),
    claims=(
        Claim(
            name="entrywise",
            measure=deviation(),
            bound="1.01*(share*(2.5*distance + n + 10) + visited*path)/(1 - path*eps) "
            "+ 0.51*(share + visited) + (m + n + 4)*tiny/eps",
            unless="2*path*eps",
            relative=False,
            only=_within,
            because="a share is the exponential of its logarithm, as nn.log_softmax has it; an "
            "occupation that of a logarithm which recursions over frames are off by, forwards and "
            "backwards, and that of the whole likelihood; the difference rounds",
        ),
        Claim(
            name="beyond",
            measure=deviation(),
            bound="0",
            relative=False,
            only=_beyond,
            because="the loss does not depend on frames after the last one that counts, so its "
            "derivative by their logits is zero",
        ),
    ),
    faults=(*(fault for fault in FAULTS if fault.name in REUSED), *OURS),
    dtypes=("float16", "float32"),  # in bfloat16 recursions are granted more than answers are
    volume=0.15,
    compiled=2,
    pullback=True,
)
CTC_LOSS_SPARSE = replace(
    CTC_LOSS,
    name="nn.sparse.ctc_loss.gradient",
    call=f"{HERE}:ctc_loss_sparse",
    problems=partial(sequences, least=(1,)),  # it refuses to be asked for no label at all
    dtypes=("float16", "float32", "float64"),
)

test_ctc_loss = verify(CTC_LOSS)
test_ctc_loss_sparse = verify(CTC_LOSS_SPARSE)
