"""JAX beside TensorFlow: the same stacks, compiled by `jax.jit`, on one thread.

Run by `properties.foreign`; needs JAX and NumPy only. `CALLS` says which function of JAX stands
beside which call of TensorFlow; a call without an equivalent is not offered.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy import linalg, special

from properties.protocol import Channel, Reply, Request
from properties.rival_jax_functions import FUNCTIONS
from references.operations import Tree, source

jax.config.update("jax_enable_x64", val=True)
jax.config.update("jax_platforms", "cpu")

REFUSALS = re.compile(r"[Uu]nsupported|not supported|not implemented|must be|does not support")
MODES = ("library",)
TRACED = 192  # compiled functions kept


def _adjoint(a: Any, *, adjoint: bool) -> Any:
    return jnp.swapaxes(a, -1, -2) if adjoint else a


def _eigh(a: Any) -> Any:
    w, v = jnp.linalg.eigh(a, UPLO="L", symmetrize_input=False)
    w = w.astype(a.dtype)  # complex of complex matrices, as TensorFlow has it
    return w, v


def _svd(a: Any, *, full_matrices: bool = False, compute_uv: bool = True) -> Any:
    if not compute_uv:
        return jnp.linalg.svd(a, compute_uv=False)
    u, s, across = jnp.linalg.svd(a, full_matrices=full_matrices)
    return s, u, jnp.swapaxes(across.conj(), -1, -2)


def _pinv(a: Any, *, rcond: float | None = None) -> Any:
    cut = 10 * max(a.shape[-2:]) * float(jnp.finfo(a.dtype).eps) if rcond is None else rcond
    return jnp.linalg.pinv(a, rtol=cut)


def _lstsq(a: Any, b: Any, *, fast: bool = True, l2_regularizer: float = 0.0) -> Any:
    if l2_regularizer and fast:
        n = a.shape[-1]
        root = jnp.sqrt(jnp.asarray(l2_regularizer, a.dtype)) * jnp.eye(n, dtype=a.dtype)
        a = jnp.concatenate([a, jnp.broadcast_to(root, (*a.shape[:-2], n, n))], -2)
        b = jnp.concatenate([b, jnp.zeros((*b.shape[:-2], n, b.shape[-1]), b.dtype)], -2)
    return jax.vmap(lambda a, b: jnp.linalg.lstsq(a, b)[0])(a, b)


def _matmul(a: Any, b: Any, **how: bool) -> Any:
    for name in ("transpose", "adjoint"):
        a = jnp.swapaxes(a, -1, -2) if how.get(f"{name}_a") else a
        b = jnp.swapaxes(b, -1, -2) if how.get(f"{name}_b") else b
    return (a.conj() if how.get("adjoint_a") else a) @ (b.conj() if how.get("adjoint_b") else b)


def _norm(x: Any, axis: int, keepdims: bool) -> Any:
    return jnp.linalg.norm(x, axis=axis, keepdims=keepdims)


# The names of TensorFlow that the source of a tree may use (references/operations.py).
NAMES = SimpleNamespace(
    abs=jnp.abs, asin=jnp.arcsin, asinh=jnp.arcsinh, atan=jnp.arctan, concat=jnp.concatenate,
    cos=jnp.cos, exp=jnp.exp, maximum=jnp.maximum, minimum=jnp.minimum, norm=_norm, pow=jnp.power,
    reduce_logsumexp=special.logsumexp, reduce_mean=jnp.mean, reduce_prod=jnp.prod,
    reduce_sum=jnp.sum, sigmoid=jax.nn.sigmoid, sin=jnp.sin, sinh=jnp.sinh, sqrt=jnp.sqrt,
    square=jnp.square, tan=jnp.tan, tanh=jnp.tanh, where=jnp.where,
    linalg=SimpleNamespace(matmul=jnp.matmul),
    nn=SimpleNamespace(relu=jax.nn.relu, softmax=jax.nn.softmax),
    math=SimpleNamespace(
        erf=special.erf, expm1=jnp.expm1, log=jnp.log, log1p=jnp.log1p, reciprocal=jnp.reciprocal,
        rsqrt=jax.lax.rsqrt, softplus=jax.nn.softplus,
    ),
)  # fmt: skip


@lru_cache(maxsize=256)
def _function(tree: Tree) -> Callable[[Any], Any]:
    """The tree as a function of one point (n,)."""
    body = eval(
        compile(f"lambda tf, x, constant: {source(tree)}", "<tree>", "eval"), {"__builtins__": {}}
    )
    return lambda x: body(NAMES, x[None], lambda value: jnp.asarray(value, x.dtype))[0]


def _jacobian(points: Any, *, tree: Tree, **_: Any) -> Any:
    return jax.vmap(jax.jacrev(_function(tree)))(points)


def _hessian(points: Any, *, tree: Tree, **_: Any) -> Any:
    return jax.vmap(jax.hessian(lambda x: _function(tree)(x)[0]))(points)


CALLS: dict[str, Callable[..., Any]] = {
    "linalg.solve": lambda a, b, adjoint=False: jnp.linalg.solve(_adjoint(a, adjoint=adjoint), b),
    "linalg.inv": lambda a, adjoint=False: jnp.linalg.inv(_adjoint(a, adjoint=adjoint)),
    "linalg.eigh": _eigh,
    "linalg.eigvalsh": lambda a: _eigh(a)[0],
    "linalg.svd": _svd,
    "linalg.det": jnp.linalg.det,
    "linalg.slogdet": lambda a: tuple(jnp.linalg.slogdet(a)),
    "linalg.expm": jax.vmap(linalg.expm),
    "linalg.pinv": _pinv,
    "linalg.lstsq": _lstsq,
    "linalg.cholesky": lambda a: jnp.linalg.cholesky(a, symmetrize_input=False),
    "linalg.qr": lambda a, full_matrices=False: tuple(
        jnp.linalg.qr(a, mode="complete" if full_matrices else "reduced")
    ),
    "linalg.matmul": _matmul,
    "nn.softmax": jax.nn.softmax,
    "nn.log_softmax": jax.nn.log_softmax,
    "math.reduce_logsumexp": special.logsumexp,
    "properties.calculus.calls:jacobian": _jacobian,
    "properties.calculus.calls:hessian": _hessian,
    **FUNCTIONS,
}


def serve(channel: Channel) -> None:
    """Answer requests until the parent hangs up."""
    traced: dict[tuple, Callable] = {}
    while True:
        try:
            request = channel.recv()
        except EOFError:
            return
        channel.send(answer(request, traced))


def answer(request: Request, traced: dict[tuple, Callable]) -> Reply:
    """Execute one request; an exception is an answer too."""
    if request.call not in CALLS or request.fault is not None:
        return Reply("not offered", (), f"JAX has nothing like {request.call}")
    key = (request.call, repr(sorted(request.arguments.items())))
    function = traced.pop(key, None) or jax.jit(partial(CALLS[request.call], **request.arguments))
    traced[key] = function  # last used, last dropped
    if len(traced) > TRACED:
        del traced[next(iter(traced))]
    try:
        result = function(*map(jnp.asarray, request.inputs))
        parts = result if isinstance(result, (tuple, list)) else (result,)
        return Reply("answer", tuple(np.asarray(part) for part in parts), "")
    except Exception as error:  # whatever JAX raises is its answer
        text = f"{type(error).__name__}: {error}".replace("\n", " ")[:500]
        return Reply("not offered" if REFUSALS.search(text) else "raised", (), text)
