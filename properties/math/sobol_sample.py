"""tf.math.sobol_sample: points of Sobol's sequence, bit by bit."""

from __future__ import annotations

from hypothesis.strategies import SearchStrategy

from properties.dtypes import FLOAT32, FLOAT64
from properties.entries import deviation
from properties.faults import coarse
from properties.placed import placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import numeric_moments, sequences
from references.audits_numeric import audited

PLACES = tuple(
    ((1,), (("dim", dim), ("num_results", results)))
    for dim, results in ((1, 3), (2, 3), (3, 8), (8, 5), (21, 2))
)


def places(depth: int) -> SearchStrategy[Problem]:
    """Numbers of points to skip (B, 1), with the dimension and the number of points wanted."""
    return placed(
        depth,
        PLACES,  # type: ignore[arg-type]
        structures=("places",),
        kind="places",
        grids=(FLOAT32, FLOAT64),
    )


def _without_code(tf, call, x, dim, num_results):
    """Bits of the number itself for those of its Gray code, in the first coordinate."""
    numbers = tf.cast(x + tf.range(1.0, num_results + 1), tf.int32)
    bits = tf.stack([numbers // 2**b % 2 * 2 ** (30 - b) for b in range(30)], -1)
    first = tf.cast(tf.reduce_sum(bits, -1), x.dtype) / 2.0**31
    found = call(x, dim=dim, num_results=num_results)
    return tf.concat([first[..., None], found[..., 1:]], -1)


SOBOL_SAMPLE = Routine(
    name="math.sobol_sample",
    call="properties.math.calls:sobol_sample",
    problems=places,
    reference=sequences.sobol_sample,
    audit=audited(numeric_moments.sobol_sample),
    by_dtype=True,
    claims=(
        Claim(
            name="exact",
            measure=deviation(),
            bound="0",
            relative=False,
            because="a coordinate is a whole number over a power of two, by additions modulo 2 of "
            "direction numbers (Joe and Kuo 2008): nothing rounds but the number itself, once",
        ),
    ),
    faults=(
        Fault("half the digits of the answer", lambda tf, call, x, **k: coarse(tf, call(x, **k))),
        Fault("one point further", lambda tf, call, x, **k: call(x + 1, **k)),
        Fault("nothing skipped", lambda tf, call, x, **k: call(x * 0, **k)),
        Fault("the origin first", lambda tf, call, x, **k: tf.concat(
            [call(x, **k)[:, :1] * 0, call(x, **k)[:, :-1]], 1)),
        Fault("coordinates reversed", lambda tf, call, x, **k: tf.reverse(call(x, **k), [-1])),
        Fault("no Gray code", _without_code),
        Fault("sixteen digits", lambda tf, call, x, **k: tf.floor(call(x, **k) * 2**16) / 2**16),
        Fault("one minus the point", lambda tf, call, x, **k: 1 - call(x, **k)),
    ),
    dtypes=("float32", "float64"),
    volume=0.2,
)  # fmt: skip

test_sobol_sample = verify(SOBOL_SAMPLE)
