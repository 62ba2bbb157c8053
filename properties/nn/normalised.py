"""tf.nn.batch_normalization, bias_add and log_poisson_loss: a few operations to each entry."""

from __future__ import annotations

from functools import partial

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.faults import coarse
from properties.linalg.matmul import TERMS
from properties.math.combined import HALVES
from properties.math.sums import ENTRYWISE
from properties.nn.losses import FAULTS, targeted
from properties.placed import Place, placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import combinations, losses, numeric_combined, sums
from references.audits_numeric import audited

BATCHES: tuple[Place, ...] = (
    (((3, 4), *((1, 4),) * 4), (("variance_epsilon", 2.0**-10),)),  # channels of a batch
    (((3, 5), *((3, 1),) * 2, *((1, 5),) * 2), (("variance_epsilon", 0.25),)),  # layers
)
BIASED: tuple[Place, ...] = tuple(((shape,), ()) for shape in ((2, 5), (4, 4), (3, 1)))


def batches(depth: int) -> SearchStrategy[Problem]:
    """Data, means, variances before their signs are dropped, offsets and scales, aligned."""
    return placed(depth, BATCHES, degree=3)


def biased(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Arrays (B, m, n) whose last row is the bias of the others."""
    return placed(depth, BIASED, in_complex=in_complex, degree=1)


def _epsilon(tf, call, *inputs, variance_epsilon):
    return call(*inputs, variance_epsilon=variance_epsilon * 2)


def _not_rooted(tf, call, x, mean, variance, offset, scale, variance_epsilon):
    """Divided by the variance."""
    return (x - mean) * scale / (tf.abs(variance) + variance_epsilon) + offset


BATCH_NORMALIZATION = Routine(
    name="nn.batch_normalization",
    call="properties.nn.calls:batch_normalization",
    problems=batches,
    reference=combinations.batch_normalization,
    rival=numeric_combined.batch_normalization,
    audit=audited(numeric_combined.batch_normalization),
    excused="4*top/huge",
    claims=(
        Claim(
            name="entrywise",
            measure=deviation(),
            bound="(3.75*data + 4.25*middle + shift)/(1 - 16*eps) + 2*reach*tiny/eps",
            unless="32*eps",
            relative=False,
            because="variance + epsilon rounds, which counts half; the reciprocal root is within "
            "two eps (OpenCL 3.0), its product with the scale rounds: 2.75 eps. Two products, the "
            "difference to the offset and the sum round by half an eps of what they are; what "
            "underflows is multiplied by x and by the mean",
        ),
    ),
    faults=(
        *HALVES,
        Fault("another epsilon", _epsilon),
        Fault("not the root", _not_rooted),
        Fault("no offset", lambda tf, call, x, m, v, b, s, **k: call(
            x, m, v, tf.zeros_like(b), s, **k)),
        Fault("no mean", lambda tf, call, x, m, v, b, s, **k: call(
            x, tf.zeros_like(m), v, b, s, **k)),
    ),
    volume=0.1,
)  # fmt: skip
BIAS_ADD = Routine(
    name="nn.bias_add",
    call="properties.nn.calls:bias_add",
    problems=biased,
    complex_problems=partial(biased, in_complex=True),
    reference=sums.bias_add,
    rival=numeric_combined.bias_add,
    audit=audited(numeric_combined.bias_add),
    terms=TERMS,
    excused="4*top/huge",
    claims=(ENTRYWISE,),
    faults=(
        *HALVES,
        Fault("subtracted", lambda tf, call, x: call(tf.concat([x[:, :-1], -x[:, -1:]], 1))),
        Fault("the first row for the last", lambda tf, call, x: call(tf.reverse(x, [1]))),
    ),
    volume=0.1,
)
LOG_POISSON_LOSS = Routine(
    name="nn.log_poisson_loss",
    call="nn.log_poisson_loss",
    problems=partial(targeted),
    reference=losses.log_poisson_loss,
    rival=numeric_combined.log_poisson_loss,
    audit=audited(numeric_combined.log_poisson_loss),
    excused="4*top/huge",
    claims=(
        Claim(
            name="entrywise",
            measure=deviation(),
            bound="(2.5*exponential + 1.01*product)/(1 - 8*eps) + 4*tiny/eps",
            relative=False,
            because="exp within 2 eps; the product rounds by half an eps of itself, and so does "
            "the difference, which is no larger than both together",
        ),
    ),
    faults=(
        *FAULTS[:4],
        Fault("half the digits of all", lambda tf, call, t, x: call(t, coarse(tf, x) * 1.0078125)),
    ),
    volume=0.1,
)

test_batch_normalization = verify(BATCH_NORMALIZATION)
test_bias_add = verify(BIAS_ADD)
test_log_poisson_loss = verify(LOG_POISSON_LOSS)
