"""tf.GradientTape.jacobian and batch_jacobian of random and named functions R^n -> R^m."""

from __future__ import annotations

from properties.calculus.errors import CLAIMS
from properties.faults import coarse
from properties.functions import jacobians
from properties.routine import Fault, Routine
from properties.verify import verify
from references import differences
from references.derivatives import jacobian


def _transposed(tf, call, x, **k):
    """The transpose where it has the same shape; the outputs in reverse order elsewhere."""
    rows = call(x, **k)
    square = rows.shape[1] == rows.shape[2]
    return tf.linalg.matrix_transpose(rows) if square else tf.reverse(rows, [1])


def _sign_lost(tf, call, x, **k):
    """The derivative by the last input with the wrong sign."""
    rows = call(x, **k)
    return tf.concat([rows[..., :-1], -rows[..., -1:]], -1)


def _differences(tf, call, x, *, tree, path):
    """Forward differences with a step of sqrt(eps): half the digits."""
    from properties.calculus.calls import function  # where TensorFlow is imported already

    f, step = function(tree), {tf.float64: 2.0**-26, tf.float32: 2.0**-11}.get(x.dtype, 2.0**-4)
    unit = tf.eye(x.shape[1], dtype=x.dtype) * step
    columns = [(f(x + unit[j]) - f(x)) / step for j in range(x.shape[1])]
    return tf.stack(columns, -1)


JACOBIAN = Routine(
    name="calculus.jacobian",
    call="properties.calculus.calls:jacobian",
    problems=jacobians,
    reference=jacobian,
    audit=differences.jacobian,
    by_dtype=True,
    volume=0.5,  # each problem is traced and compiled anew
    compiled=16,  # every function is a shape of its own
    excused="overflow",
    claims=CLAIMS,
    faults=(
        Fault("transposed", _transposed),
        Fault("sign of a column lost", _sign_lost),
        Fault("gradient of the sum for every output",
              lambda tf, call, x, **k: (
                  tf.zeros_like(call(x, **k)) + tf.reduce_sum(call(x, **k), 1, keepdims=True))),
        Fault("finite differences", _differences),
        Fault("half the digits inside", lambda tf, call, x, **k: call(coarse(tf, x), **k)),
        Fault("half the digits of the answer",
              lambda tf, call, x, **k: coarse(tf, call(x, **k))),
        Fault("the point before", lambda tf, call, x, **k: call(tf.roll(x, 1, 0), **k)),
        Fault("sign of the inputs lost", lambda tf, call, x, **k: call(tf.abs(x), **k)),
    ),
)  # fmt: skip

test_jacobian = verify(JACOBIAN)
