"""An isolated child with TensorFlow preloaded: crashes and hangs cost one call, not the run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import cast

from properties import tether
from properties.messages import Messages
from properties.protocol import Reply, Request
from reports.record import CRASHED, TIMED_OUT

ROOT = Path(__file__).parent.parent
TIME_LIMIT = 60.0  # seconds a call: the slowest honest one (XLA compiling a Hessian) took 8
ENVIRONMENT = {
    # Bits must not depend on load, nor on what the caller's shell happens to set.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


class Worker:
    """One child, started when first needed and again after each crash or hang.

    `device`: "CPU:0", or a GPU, which only those children see that are asked for one.
    """

    def __init__(
        self,
        time_limit: float = TIME_LIMIT,
        memory_limit: int = tether.MEMORY_LIMIT,
        device: str = "CPU:0",
    ) -> None:
        self.time_limit, self.memory_limit, self.device = time_limit, memory_limit, device
        self._process: BaseProcess | None = None
        self._channel: Messages | None = None
        self._tie: Connection | None = None

    def ask(self, request: Request) -> Reply:
        """The child's reply; a crash or a hang is a reply too, and ends the child.

        A crash is reported with its signal, a hang after `time_limit` seconds. Either may be the
        doing of an earlier call only if that call had replied, which a fresh child rules out:
        callers that must know ask again.
        """
        return cast("Reply", self._asked(request))

    def ask_all(self, requests: Sequence[Request]) -> list[Reply] | None:
        """The replies to several, with one message each way; None where it cost the child.

        Each way wakes the other process, whose caches it finds emptied. All share the time limit of
        one, for what is not over by then is asked again, each by itself.
        """
        replies = self._asked(list(requests))
        return None if isinstance(replies, Reply) else replies

    def _asked(self, message: Request | list[Request]) -> Reply | list[Reply]:
        channel = self._start()
        try:
            channel.send(message)
            if not channel.waits(self.time_limit):
                self.stop()
                return Reply(TIMED_OUT, (), f"no reply within {self.time_limit:g} s")
            return cast("Reply | list[Reply]", channel.recv())
        except (EOFError, ConnectionError):
            process = self._process
            assert process is not None
            process.join(10)
            code = process.exitcode or 0
            self.stop()
            name = signal.Signals(-code).name if code < 0 else f"exit status {code}"
            return Reply(CRASHED, (), f"the process died of {name}")

    def stop(self) -> None:
        """Kill the child; the next question starts another."""
        if self._channel is not None:
            self._channel.connection.close()
        if self._tie is not None:
            self._tie.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = self._channel = self._tie = None

    def kill(self) -> None:
        """Kill the child only, as others may: whoever waits for it hears of it."""
        if self._process is not None:
            self._process.kill()

    def _start(self) -> Messages:
        if self._channel is None:
            context = _context(self.device)
            ours, theirs = context.Pipe()
            end, self._tie = context.Pipe(duplex=False)
            self._channel = Messages(ours)
            limit = self.memory_limit if self.device.startswith("CPU") else 0
            self._process = context.Process(target=_run, args=(theirs, end, limit), daemon=True)
            self._process.start()
            theirs.close()
            end.close()
        return self._channel


def environment(device: str) -> dict[str, str]:
    """Variables of a child that executes there: GPUs are hidden from those that need none.

    A GPU's memory is taken as it is needed, for two workers share it.
    """
    if device.startswith("CPU"):
        shown = {"CUDA_VISIBLE_DEVICES": os.environ.get("CUDA_VISIBLE_DEVICES", "")}
    else:
        growth = "TF_FORCE_GPU_ALLOW_GROWTH"
        shown = {growth: os.environ.get(growth, "true")}
    return {**ENVIRONMENT, **shown}


def _context(device: str = "CPU:0") -> multiprocessing.context.ForkServerContext:
    """Children fork from a server that has imported TensorFlow and has run nothing of it.

    Forking after any TensorFlow operation hangs; spawning costs the import each time.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["properties.child"])
    kept = dict(os.environ)
    os.environ.update(environment(device))
    # The server imports before it is told our path, and drops a failed preload in silence.
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *sys.path])
    try:
        forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(kept)
    return context


def _run(connection: Connection, end: Connection, memory_limit: int) -> None:
    from properties.child import serve

    tether.tied(end.fileno())
    if memory_limit:
        tether.restrained(memory_limit)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    serve(Messages(connection))
