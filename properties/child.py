"""The child process that executes TensorFlow: data in, data out.

It needs TensorFlow and NumPy only, so that the interpreter of another environment can run it.
Calls and faults arrive by name and are looked up here.
"""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

from properties import memory
from properties.protocol import Channel, Reply, Request


@contextmanager
def _silent() -> Iterator[None]:
    """Hide what TensorFlow prints to the standard error stream while it is imported."""
    kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)


# The collector would look through all of TensorFlow again and again, which is there to stay.
gc.disable()
with _silent():
    import tensorflow as tf
gc.freeze()
gc.enable()

CACHED = 192  # traced functions kept: all shapes of one routine; each holds a megabyte or so

# What of a message is of this machine and not of the finding: the stack, and where files lie.
TRACE = "Stack trace for op definition"
FOLDERS = re.compile(r"(?:/[\w.+-]+)+/(?=[\w.-]+\.py\b)")

# How TensorFlow says that it has no kernel for a dtype, a device or a mode. Each pattern was met.
REFUSALS = re.compile(
    r"not in (?:the )?list of allowed values|No OpKernel was registered|No registered '"
    r"|Could not find device for node|Detected unsupported operations"
    r"|must have dtype in"  # of operators
    r"|not inexact|not compatible with finfo"  # NumPy's, of a dtype without a default cut-off
    r"|local variable 'out_dtype'"  # tf.linalg.eig trips over a dtype that it has no answer for
    r"|not (?:supported|implemented)|unsupported|does not support|is currently disabled",
    re.IGNORECASE,
)


def serve(channel: Channel) -> None:
    """Answer requests until the parent hangs up."""
    memory.keep()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.get_logger().setLevel("ERROR")  # it warns of retracing, which new problems need
    traced: dict[tuple, Callable] = {}
    with suppress(EOFError, ConnectionError):  # hung up, amid an answer perhaps
        while True:
            asked = channel.recv()
            if isinstance(asked, list):
                channel.send([answer(request, traced) for request in asked])
            else:
                channel.send(answer(asked, traced))


def answer(request: Request, traced: dict[tuple, Callable]) -> Reply:
    """Execute one request; an exception is an answer too."""
    try:
        _expect(request.device)
        tensors = [tf.constant(array) for array in request.inputs]
        with tf.device(request.device):
            result = _executable(request, traced)(*tensors)
        parts = result if isinstance(result, (tuple, list)) else (result,)
        return Reply("answer", tuple(part.numpy() for part in parts), "")
    except Exception as error:  # whatever TensorFlow raises is its answer
        text = _told(error)
        refused = isinstance(error, (tf.errors.NotFoundError, tf.errors.UnimplementedError))
        refused = refused or bool(REFUSALS.search(text))
        return Reply("not offered" if refused else "raised", (), text)


def _told(error: Exception) -> str:
    """What an exception says, in one line that is the same on every machine."""
    message = FOLDERS.sub("", str(error).partition(TRACE)[0])
    return f"{type(error).__name__}: {message}".replace("\n", " ").strip()[:500]


def _expect(device: str) -> None:
    """ValueError where there is no such device: TensorFlow would quietly use another one."""
    names = [found.name.removeprefix("/device:") for found in tf.config.list_logical_devices()]
    if device not in names:
        raise ValueError(f"no device {device}, but {', '.join(names)}")


def lookup(call: str) -> Callable:
    """The function of a dotted name below `tf`, or of `module:function`."""
    module, colon, name = call.partition(":")
    target: Any = import_module(module) if colon else tf
    for part in (name if colon else module).split("."):
        target = getattr(target, part)
    return target


def _executable(request: Request, traced: dict[tuple, Callable]) -> Callable:
    """The call in its mode; one trace serves every stack of the same shapes and arguments."""
    if request.mode == "eager":
        return _prepared(request)
    shapes = tuple((array.shape, str(array.dtype)) for array in request.inputs)
    arguments = repr(sorted(request.arguments.items()))
    key = (request.call, request.fault, request.mode, request.device, arguments, shapes)
    function = traced.pop(key, None) or _traced(request)
    traced[key] = function  # last used, last dropped
    if len(traced) > CACHED:
        del traced[next(iter(traced))]
    return function


def _traced(request: Request) -> Callable:
    """A function of these shapes, or one that raises what tracing does, whatever the numbers are.

    Tracing takes longest where it fails, and a stack that fails is asked again by members.
    """
    function = tf.function(_prepared(request), jit_compile=request.mode == "xla", autograph=False)
    try:
        function.get_concrete_function(*(tf.TensorSpec(a.shape, a.dtype) for a in request.inputs))
    except Exception as error:
        failed = error

        def fail(*_: Any) -> None:
            raise failed.with_traceback(None)

        return fail
    return function


def _prepared(request: Request) -> Callable:
    call, arguments = lookup(request.call), request.arguments
    if request.fault is None:
        return lambda *tensors: call(*tensors, **arguments)
    from properties.faults import find  # only the power test asks for faults

    wrong = find(*request.fault)
    return lambda *tensors: wrong(tf, call, *tensors, **arguments)
