"""PyTorch beside TensorFlow: the same stacks, op by op, on one thread.

Run by `properties.foreign`; needs PyTorch and NumPy only. `CALLS` says which function of PyTorch
stands beside which call of TensorFlow; a call without an equivalent is not offered.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from properties.protocol import Channel, Reply, Request
from properties.rival_torch_functions import FUNCTIONS

REFUSALS = re.compile(r"not implemented|not supported|[Uu]nsupported|[Ll]ow precision|Expected")
MODES = ("library",)


def _adjoint(a: Any, *, adjoint: bool) -> Any:
    return a.mT if adjoint else a


def _eigh(a: Any) -> Any:
    values, vectors = torch.linalg.eigh(a, UPLO="L")
    return values.to(a.dtype), vectors  # complex of complex matrices, as TensorFlow has it


def _svd(a: Any, *, full_matrices: bool = False, compute_uv: bool = True) -> Any:
    if not compute_uv:
        return torch.linalg.svdvals(a)
    u, s, across = torch.linalg.svd(a, full_matrices=full_matrices)
    return s, u, across.mH


def _pinv(a: Any, *, rcond: float | None = None) -> Any:
    cut = 10 * max(a.shape[-2:]) * torch.finfo(a.dtype).eps if rcond is None else rcond
    return torch.linalg.pinv(a, rtol=cut)


def _lstsq(a: Any, b: Any, *, fast: bool = True, l2_regularizer: float = 0.0) -> Any:
    if l2_regularizer and fast:
        n = a.shape[-1]
        root = l2_regularizer**0.5 * torch.eye(n, dtype=a.dtype).expand(*a.shape[:-2], n, n)
        a = torch.cat([a, root], -2)
        b = torch.cat([b, torch.zeros(*b.shape[:-2], n, b.shape[-1], dtype=b.dtype)], -2)
    return torch.linalg.lstsq(a, b, driver="gelsd").solution


def _matmul(a: Any, b: Any, **how: bool) -> Any:
    for name in ("transpose", "adjoint"):
        a = a.mT if how.get(f"{name}_a") else a
        b = b.mT if how.get(f"{name}_b") else b
    return (a.conj() if how.get("adjoint_a") else a) @ (b.conj() if how.get("adjoint_b") else b)


def _cholesky(a: Any) -> Any:
    """No numbers where there is no factor: one such member would refuse the stack."""
    factor, failed = torch.linalg.cholesky_ex(a)
    return torch.where(failed[..., None, None] > 0, torch.nan, factor)


CALLS: dict[str, Callable[..., Any]] = {
    "linalg.solve": lambda a, b, adjoint=False: torch.linalg.solve(_adjoint(a, adjoint=adjoint), b),
    "linalg.inv": lambda a, adjoint=False: torch.linalg.inv(_adjoint(a, adjoint=adjoint)),
    "linalg.eigh": _eigh,
    "linalg.eigvalsh": lambda a: _eigh(a)[0],
    "linalg.svd": _svd,
    "linalg.det": torch.linalg.det,
    "linalg.slogdet": lambda a: tuple(torch.linalg.slogdet(a)),
    "linalg.expm": torch.linalg.matrix_exp,
    "linalg.pinv": _pinv,
    "linalg.lstsq": _lstsq,
    "linalg.cholesky": _cholesky,
    "linalg.qr": lambda a, full_matrices=False: tuple(
        torch.linalg.qr(a, mode="complete" if full_matrices else "reduced")
    ),
    "linalg.matmul": _matmul,
    "nn.softmax": lambda x, axis=-1: torch.softmax(x, axis),
    "nn.log_softmax": lambda x, axis=-1: torch.log_softmax(x, axis),
    "math.reduce_logsumexp": lambda x, axis=-1, keepdims=False: torch.logsumexp(x, axis, keepdims),
    **FUNCTIONS,
}


def serve(channel: Channel) -> None:
    """Answer requests until the parent hangs up."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    while True:
        try:
            request = channel.recv()
        except EOFError:
            return
        channel.send(answer(request))


def answer(request: Request) -> Reply:
    """Execute one request; an exception is an answer too."""
    if request.call not in CALLS or request.fault is not None:
        return Reply("not offered", (), f"PyTorch has nothing like {request.call}")
    try:
        tensors = [_tensor(array) for array in request.inputs]
        result = CALLS[request.call](*tensors, **request.arguments)
        parts = result if isinstance(result, (tuple, list)) else (result,)
        return Reply("answer", tuple(_array(part) for part in parts), "")
    except Exception as error:  # whatever PyTorch raises is its answer
        text = f"{type(error).__name__}: {error}".replace("\n", " ")[:500]
        return Reply("not offered" if REFUSALS.search(text) else "raised", (), text)


def _tensor(array: np.ndarray) -> Any:
    if array.dtype.name == "bfloat16":  # PyTorch takes no such array; its bits it does take
        return torch.from_numpy(array.view(np.int16).copy()).view(torch.bfloat16)
    return torch.from_numpy(array.copy())


def _array(tensor: Any) -> np.ndarray:
    if tensor.dtype == torch.bfloat16:
        import ml_dtypes

        return tensor.view(torch.int16).numpy().view(ml_dtypes.bfloat16)
    return tensor.numpy()
