"""tf.nn.ctc_beam_search_decoder of beams that hold every sequence: the likeliest ones."""

from __future__ import annotations

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.nn.ctc_decoders import OF_FRAMES
from properties.placed import placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references.audits_numeric import audited
from references.beams import beam_in_numbers, ctc_beam_search_decoder

STRUCTURES = ("ties", "ordinary", "narrow", "offset", "dominant", "underflow", "chapter")
# Frames, classes; no fewer places in the beam than there are sequences of labels: 31, 40 and 127
PLACES = (
    ((4, 3), (("beam_width", 32), ("top_paths", 1))),
    ((3, 4), (("beam_width", 64), ("top_paths", 2))),
)
LARGE = (((6, 3), (("beam_width", 128), ("top_paths", 3))),)


def frames(depth: int) -> SearchStrategy[Problem]:
    """Logits (B, T, C), and numbers of frames (B, 1)."""
    return placed(
        depth,
        PLACES,  # type: ignore[arg-type]
        LARGE,  # type: ignore[arg-type]
        structures=STRUCTURES,
        kind="frames",
    )


def _merged(tf, call, *inputs, **k):
    """A label that comes twice, once."""
    paths, logs = call(*inputs, **k)
    again = tf.concat([paths[..., :1] * 0 - 2, paths[..., :-1]], -1)
    return tf.where(paths == again, -tf.ones_like(paths), paths), logs


BEAM = Routine(
    name="nn.ctc_beam_search_decoder",
    call="properties.nn.calls:ctc_beam_search_decoder",
    problems=frames,
    reference=ctc_beam_search_decoder,
    rival=beam_in_numbers,
    audit=audited(beam_in_numbers),
    claims=(
        Claim(
            name="likelihood",
            measure=deviation(1),
            bound="1.02*rounded",
            relative=False,
            because="errors of frames add up as in nn.ctc_loss, whatever the sequence, and the "
            "k-th largest of several numbers moves no further than they do",
        ),
        Claim(
            name="path",
            measure=deviation(0),
            bound="0",
            unless="1.03*closeness*eps",
            relative=False,
            because="sequences are compared, and nothing is computed with them; which of two is "
            "likelier is told where their logarithms lie further apart than errors of both",
        ),
    ),
    faults=(
        *OF_FRAMES,
        Fault("powers of two", lambda tf, call, x, n, **k: call(x * 0.6931471805599453, n, **k)),
        Fault("narrow beam", lambda tf, call, *inputs, beam_width, top_paths: call(
            *inputs, beam_width=top_paths, top_paths=top_paths)),
        Fault("likelihoods", lambda tf, call, *inputs, **k: (
            lambda paths, logs: (paths, tf.exp(logs)))(*call(*inputs, **k))),
        Fault("repetitions merged", _merged),
    ),
    dtypes=("float32", "float64"),
    volume=0.15,
)  # fmt: skip

test_ctc_beam_search_decoder = verify(BEAM)
