"""What of JAX stands beside TensorFlow's functions of numbers, reductions and activations.

Arguments are TensorFlow's. Names that both share are looked up; the others are a table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy import special

SHARED = (
    "abs acos acosh add asin asinh atan atan2 atanh ceil cos cosh divide exp expm1 floor log log1p "
    "maximum minimum multiply negative pow reciprocal rint round sign sin sinh sqrt square "
    "subtract tan tanh"
)
SPECIAL = "betainc digamma erf erfc erfinv ndtri xlog1py xlogy zeta"
BESSEL = "i0 i0e i1 i1e"


def _running(function: Callable[..., Any]) -> Callable[..., Any]:
    def sums(x: Any, axis: int, *, exclusive: bool = False, reverse: bool = False) -> Any:
        """Without itself a running sum is one step behind, and begins with what changes nothing."""
        x = jnp.flip(x, axis) if reverse else x
        if exclusive:
            first = jnp.full_like(jnp.take(x, jnp.array([0]), axis), function is jnp.cumprod)
            ahead = jax.lax.slice_in_dim(x, 0, x.shape[axis] - 1, axis=axis)
            x = jnp.concatenate([first, ahead], axis)
        found = function(x, axis)
        return jnp.flip(found, axis) if reverse else found

    return sums


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{f"math.{name}": getattr(jnp, name) for name in SHARED.split()},
    **{f"math.{name}": getattr(special, name) for name in SPECIAL.split()},
    **{f"math.special.bessel_{name}": getattr(special, name) for name in BESSEL.split()},
    "math.cumprod": _running(jnp.cumprod),
    "math.cumsum": _running(jnp.cumsum),
    "math.floordiv": jnp.floor_divide,
    "math.floormod": jnp.mod,
    "math.igamma": special.gammainc,
    "math.igammac": special.gammaincc,
    "math.lgamma": special.gammaln,
    "math.log_sigmoid": jax.nn.log_sigmoid,
    "math.polygamma": special.polygamma,
    "math.reduce_mean": jnp.mean,
    "math.reduce_prod": jnp.prod,
    "math.reduce_sum": jnp.sum,
    "math.rsqrt": jax.lax.rsqrt,
    "math.sigmoid": jax.nn.sigmoid,
    "math.softplus": jax.nn.softplus,
    "math.softsign": jax.nn.soft_sign,
    "math.special.expint": special.expi,
    "math.special.spence": special.spence,
    "math.squared_difference": lambda x, y: jnp.square(x - y),
    "nn.elu": jax.nn.elu,
    "nn.gelu": lambda x, approximate: jax.nn.gelu(x, approximate=approximate),
    "nn.leaky_relu": lambda x, alpha: jax.nn.leaky_relu(x, negative_slope=alpha),
    "nn.relu": jax.nn.relu,
    "nn.relu6": jax.nn.relu6,
    "nn.selu": jax.nn.selu,
    "nn.silu": jax.nn.silu,
}
