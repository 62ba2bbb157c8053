"""What of PyTorch stands beside TensorFlow's functions of numbers, reductions and activations.

Arguments are TensorFlow's. Names that both share are looked up; the others are a table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import special
from torch.nn import functional

SHARED = (
    "abs acos acosh add asin asinh atan atan2 atanh ceil cos cosh digamma divide erf erfc erfinv "
    "exp expm1 floor lgamma log log1p maximum minimum multiply negative pow reciprocal round rsqrt "
    "sigmoid sign sin sinh sqrt square subtract tan tanh xlogy"
)
SPECIAL = "ndtri xlog1py zeta"
BESSEL = {
    "i0": "i0", "i0e": "i0e", "i1": "i1", "i1e": "i1e", "j0": "bessel_j0", "j1": "bessel_j1",
    "k0": "modified_bessel_k0", "k0e": "scaled_modified_bessel_k0", "k1": "modified_bessel_k1",
    "k1e": "scaled_modified_bessel_k1", "y0": "bessel_y0", "y1": "bessel_y1",
}  # fmt: skip


def _product(x: Any, axis: Any, *, keepdims: bool = False) -> Any:
    """PyTorch multiplies along one axis at a time."""
    for one in sorted((axis,) if isinstance(axis, int) else axis, key=lambda i: i % x.ndim)[::-1]:
        x = x.prod(one, keepdims)
    return x


def _running(function: Callable[..., Any]) -> Callable[..., Any]:
    def sums(x: Any, axis: int, *, exclusive: bool = False, reverse: bool = False) -> Any:
        """Without itself a running sum is one step behind, and begins with what changes nothing."""
        x = x.flip(axis) if reverse else x
        if exclusive:
            first = torch.full_like(x.narrow(axis, 0, 1), function is torch.cumprod)
            x = torch.cat([first, x.narrow(axis, 0, x.shape[axis] - 1)], axis)
        found = function(x, axis)
        return found.flip(axis) if reverse else found

    return sums


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{f"math.{name}": getattr(torch, name) for name in SHARED.split()},
    **{f"math.{name}": getattr(special, name) for name in SPECIAL.split()},
    **{f"math.special.bessel_{name}": getattr(special, of) for name, of in BESSEL.items()},
    "math.cumprod": _running(torch.cumprod),
    "math.cumsum": _running(torch.cumsum),
    "math.floordiv": torch.floor_divide,
    "math.floormod": torch.remainder,
    "math.igamma": special.gammainc,
    "math.igammac": special.gammaincc,
    "math.log_sigmoid": functional.logsigmoid,
    "math.reduce_mean": torch.mean,
    "math.reduce_prod": _product,
    "math.reduce_sum": torch.sum,
    "math.rint": torch.round,
    "math.softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),  # without a threshold
    "math.softsign": functional.softsign,
    "math.squared_difference": lambda x, y: torch.square(x - y),
    "nn.elu": functional.elu,
    "nn.gelu": lambda x, approximate: functional.gelu(
        x, approximate="tanh" if approximate else "none"
    ),
    "nn.leaky_relu": lambda x, alpha: functional.leaky_relu(x, negative_slope=alpha),
    "nn.relu": functional.relu,
    "nn.relu6": functional.relu6,
    "nn.selu": functional.selu,
    "nn.silu": functional.silu,
}
