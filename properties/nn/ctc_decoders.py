"""tf.nn.ctc_greedy_decoder: the likeliest class of each frame, and the sum of its logits."""

from __future__ import annotations

import numpy as np
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from properties.entries import deviation
from properties.faults import coarse
from properties.placed import placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references.audits_numeric import audited
from references.decoders import ctc_greedy_decoder, greedy_in_numbers

STRUCTURES = ("ties", "ordinary", "narrow", "offset", "dominant")
SIZES = ((5, 4), (8, 3), (1, 2), (12, 5))  # frames, classes
PLACES = tuple(
    (sizes, (("blank_index", blank), ("merge_repeated", merged)))
    for sizes in SIZES
    for blank, merged in ((-1, True), (0, True), (-1, False))
)
LARGE = (((60, 8), (("blank_index", -1), ("merge_repeated", True))),)
# What any decoder may do to its frames.
OF_FRAMES = (
    Fault("half the digits", lambda tf, call, x, n, **k: call(coarse(tf, x), n, **k)),
    Fault("all frames", lambda tf, call, x, n, **k: call(x, n * 0 + x.shape[1], **k)),
    Fault("another blank", lambda tf, call, x, n, **k: call(tf.roll(x, 1, 2), n, **k)),
    Fault("frames reversed", lambda tf, call, x, n, **k: call(tf.reverse(x, [1]), n, **k)),
)


def frames(depth: int) -> SearchStrategy[Problem]:
    """Logits (B, T, C), and numbers of frames (B, 1)."""
    return placed(
        depth,
        PLACES,  # type: ignore[arg-type]
        LARGE,  # type: ignore[arg-type]
        structures=STRUCTURES,
        kind="frames",
    )


def _untied(problem: Problem) -> NDArray[np.bool_]:
    return np.asarray(problem.traits["untied"], dtype=bool)


GREEDY = Routine(
    name="nn.ctc_greedy_decoder",
    call="properties.nn.calls:ctc_greedy_decoder",
    problems=frames,
    reference=ctc_greedy_decoder,
    rival=greedy_in_numbers,
    audit=audited(greedy_in_numbers),
    claims=(
        Claim(
            name="path",
            measure=deviation(0),
            bound="0",
            relative=False,
            only=_untied,
            because="entries are compared, and nothing is computed with them; which of equal "
            "logits is taken is not documented",
        ),
        Claim(
            name="sum",
            measure=deviation(1),
            bound="0.505*m*size + m*tiny/eps",
            relative=False,
            because="a sum of m numbers in any order is within gamma_(m-1) of the sum of their "
            "sizes (Higham 2002, 4.2)",
        ),
    ),
    faults=(
        *OF_FRAMES,
        Fault("likelihood of the worst", lambda tf, call, x, n, **k: call(-x, n, **k)),
        Fault("another sign", lambda tf, call, *inputs, **k: (
            lambda path, total: (path, -total))(*call(*inputs, **k))),
        Fault("repetitions otherwise", lambda tf, call, *inputs, merge_repeated, **k: call(
            *inputs, merge_repeated=not merge_repeated, **k)),
    ),
    dtypes=("float32", "float64"),
    volume=0.3,
)  # fmt: skip

test_ctc_greedy_decoder = verify(GREEDY)
