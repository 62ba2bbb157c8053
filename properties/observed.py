"""How TensorFlow executes, as the process that executes it finds: asked of it, not of variables.

Whoever starts a run may set a variable that a build ignores, and leave out one with a default that
depends on the processor. Here the child is asked, and what flushes subnormal numbers is tried.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np

from properties.protocol import Executor, Request
from reports.record import ANSWER

UNKNOWN = -1
CALL = "properties.observed:states"
WORDS = {
    "oneDNN": ("off", "on"),
    "TF32": ("off", "allowed"),
    "deterministic ops": ("off", "on"),
    "subnormal results": ("kept", "flushed to zero"),
    "subnormal inputs": ("kept", "taken for zero"),
}
THREADS = ("threads of an operation", "threads of operations")


def states(probe: Any) -> Any:
    """What a child of TensorFlow answers to CALL: places in WORDS, then numbers of THREADS.

    `probe` (3, 16): the smallest normal number, half of it, and 2^100, where they are executed.
    """
    import tensorflow as tf

    found = dict.fromkeys((*WORDS, *THREADS), UNKNOWN)
    with suppress(Exception):  # not public, and elsewhere in some versions
        from tensorflow.python.util import _pywrap_util_port

        found["oneDNN"] = int(_pywrap_util_port.IsMklEnabled())
    with suppress(Exception):
        found["TF32"] = int(tf.config.experimental.tensor_float_32_execution_enabled())
    with suppress(Exception):
        from tensorflow.python.framework import config

        found["deterministic ops"] = int(config.is_op_determinism_enabled())
    tiny, below, large = tf.unstack(probe)
    found["subnormal results"] = int(not np.asarray(tiny * 0.5).any())
    found["subnormal inputs"] = int(not np.asarray(below * large).any())
    found[THREADS[0]] = tf.config.threading.get_intra_op_parallelism_threads()
    found[THREADS[1]] = tf.config.threading.get_inter_op_parallelism_threads()
    return tf.constant(list(found.values()), tf.int64)


def settings(worker: Executor, device: str) -> dict[str, str]:
    """The same in words, for the header of a run; `unknown` where a build does not say."""
    tiny = float(np.finfo(np.float32).tiny)
    probe = np.repeat(np.array([[tiny], [tiny / 2], [2.0**100]], np.float32), 16, axis=1)
    reply = worker.ask(Request(CALL, None, "eager", device, "float32", {}, (probe,)))
    if reply.outcome != ANSWER or np.shape(reply.arrays[0]) != (len(WORDS) + len(THREADS),):
        return {"settings": f"unknown: {reply.message[:200]}"}
    numbers = reply.arrays[0].tolist()
    told = {
        name: words[number] if number in (0, 1) else "unknown"
        for (name, words), number in zip(WORDS.items(), numbers, strict=False)
    }
    counts = zip(THREADS, numbers[len(WORDS) :], strict=True)
    return told | {name: str(count) if count else "as many as cores" for name, count in counts}
