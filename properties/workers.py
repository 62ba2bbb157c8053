"""An isolated child with TensorFlow preloaded: crashes and hangs cost one call, not the run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import cast

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
    "CUDA_VISIBLE_DEVICES": os.environ.get("CUDA_VISIBLE_DEVICES", ""),
}


class Worker:
    """One child, started when first needed and again after each crash or hang."""

    def __init__(self, time_limit: float = TIME_LIMIT) -> None:
        self.time_limit = time_limit
        self._process: BaseProcess | None = None
        self._channel: Messages | None = None

    def ask(self, request: Request) -> Reply:
        """The child's reply; a crash or a hang is a reply too, and ends the child.

        A crash is reported with its signal, a hang after `time_limit` seconds. Either may be the
        doing of an earlier call only if that call had replied, which a fresh child rules out:
        callers that must know ask again.
        """
        channel = self._start()
        try:
            channel.send(request)
            if not channel.connection.poll(self.time_limit):
                self.stop()
                return Reply(TIMED_OUT, (), f"no reply within {self.time_limit:g} s")
            return cast("Reply", channel.recv())
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
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = self._channel = None

    def _start(self) -> Messages:
        if self._channel is None:
            context = _context()
            ours, theirs = context.Pipe()
            self._channel = Messages(ours)
            self._process = context.Process(target=_run, args=(theirs,), daemon=True)
            self._process.start()
            theirs.close()
        return self._channel


def _context() -> multiprocessing.context.ForkServerContext:
    """Children fork from a server that has imported TensorFlow and has run nothing of it.

    Forking after any TensorFlow operation hangs; spawning costs the import each time.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["properties.child"])
    kept = dict(os.environ)
    os.environ.update(ENVIRONMENT)
    # The server imports before it is told our path, and drops a failed preload in silence.
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *sys.path])
    try:
        forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(kept)
    return context


def _run(connection: Connection) -> None:
    from properties.child import serve

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    serve(Messages(connection))
