"""Commands as forks of one interpreter that has imported the suite, and share one TensorFlow.

Importing the suite takes a second and TensorFlow takes three; a command of the tests does in less
than a second what is tested of it. Each is a process of its own all the same: it has its arguments,
its output, its exit status, and can be interrupted and killed.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, NoReturn, Self

ROOT = Path(__file__).parent.parent
WIDTH = 8  # bytes of a number on the line
# Hypothesis mixes constants of local modules into draws, and this one is no part of a command.
PROGRAM = """
import sys
from importlib import import_module
server = import_module("tests.forked")
code = server.serve(sys.argv[1])
del sys.modules["tests.forked"], sys.modules["tests"]
server.become(code)
"""


class Command:
    """A running command, with the methods of subprocess.Popen that tests use."""

    def __init__(self, words: list[str], environment: dict[str, str]) -> None:
        self._told = b""
        self._pipe, theirs = os.pipe()
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(_address())
        request = json.dumps({"words": words, "environment": environment}).encode()
        socket.send_fds(self._line, [len(request).to_bytes(4)], [theirs])
        os.close(theirs)
        self._line.sendall(request)
        self.pid = self._number()
        self.returncode: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.wait(0) is None:
            self.kill()
            self.wait(60)
        self._line.close()
        os.close(self._pipe)

    def wait(self, timeout: float) -> int | None:
        """The exit status, or None if it still runs after some seconds."""
        if self.returncode is None:
            self._line.settimeout(max(timeout, 1e-3))
            try:
                self.returncode = self._number()
            except TimeoutError:
                return None
        return self.returncode

    def poll(self) -> int | None:
        """The exit status, or None while it runs."""
        return self.wait(0)

    def communicate(self, timeout: float = 300) -> tuple[str, None]:
        """All that it and its own workers told, once all of them have ended; a hang is an error."""
        end = time.monotonic() + timeout
        while select.select([self._pipe], [], [], max(end - time.monotonic(), 0))[0]:
            told = os.read(self._pipe, 1 << 16)
            self._told += told
            if not told and self.wait(max(end - time.monotonic(), 0)) is not None:
                return self._told.decode("utf-8"), None
        raise TimeoutError(f"still running after {timeout} s: {self._told!r}")

    def send_signal(self, number: int) -> None:
        """A signal, as from a terminal."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def _number(self) -> int:
        """Its process, then its exit status: both may have come by now."""
        told = self._line.recv(WIDTH, socket.MSG_WAITALL)
        assert len(told) == WIDTH, "the server of commands is gone"
        return int.from_bytes(told, signed=True)


_SERVER: dict[str, Any] = {}


def _address() -> str:
    """Where the server of this process listens; it is started when first asked for."""
    if not _SERVER:
        folder = tempfile.TemporaryDirectory(prefix="forked-")
        path = f"{folder.name}/socket"
        server = subprocess.Popen([sys.executable, "-c", PROGRAM, path], cwd=ROOT)
        _SERVER.update(folder=folder, path=path, server=server)
        atexit.register(_stop)
        end = time.monotonic() + 120
        while not Path(path).exists():
            assert time.monotonic() < end and server.poll() is None, "no server of commands"
            time.sleep(0.02)
    return str(_SERVER["path"])


def _stop() -> None:
    _SERVER["server"].kill()
    _SERVER["server"].wait()
    _SERVER["folder"].cleanup()


def serve(path: str) -> dict[str, Any]:
    """Fork for every request; returns in each fork, with what it is to become."""
    from multiprocessing import forkserver

    import pytest  # noqa: F401 - what every command imports

    from properties import workers
    from properties.registry import routines
    from reports.ledger import Ledger

    routines()
    Ledger.load().stored()
    workers._context()  # noqa: SLF001 - TensorFlow is loaded once for all of them
    gc.freeze()  # a fork that ends would else look through all that was imported
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell runs it behind
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path + ".new")
    listener.listen(64)
    Path(path + ".new").rename(path)
    parent = os.getppid()
    listener.settimeout(1.0)
    while True:
        try:
            line, _ = listener.accept()
        except TimeoutError:
            if os.getppid() != parent:  # whoever wanted commands is gone
                os._exit(0)
            while os.waitpid(-1, os.WNOHANG)[0]:  # those that have told of an end; TensorFlow stays
                pass
            continue
        if os.fork() == 0:
            break
        line.close()
    listener.close()
    line.settimeout(None)
    size, (told, *_), *_ = socket.recv_fds(line, 4, 1)
    request = b""
    while len(request) < int.from_bytes(size):
        request += line.recv(1 << 16)
    pid = os.fork()
    if pid:
        os.close(told)
        line.sendall(pid.to_bytes(WIDTH, signed=True))
        _, status = os.waitpid(pid, 0)
        line.sendall(os.waitstatus_to_exitcode(status).to_bytes(WIDTH, signed=True))
        os._exit(0)
    line.close()
    for number in (1, 2):
        os.dup2(told, number)
    os.close(told)
    forkserver._forkserver.ensure_running = lambda: None  # type: ignore[attr-defined] # noqa: SLF001
    forkserver.ensure_running = lambda: None  # it runs, but is no child of this process
    asked: dict[str, Any] = json.loads(request)
    return asked


def become(asked: dict[str, Any]) -> NoReturn:
    """`python -m` with some words, in this process."""
    os.environ.clear()
    os.environ.update(asked["environment"])
    name, *_ = sys.argv[:] = asked["words"]
    code: Any = 0
    try:
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code
    if not isinstance(code, int | None):
        raise SystemExit(code)  # words for the error stream, which Python writes
    # As an interpreter ends, but for taking apart what was imported: half a second and no use.
    threading._shutdown()  # type: ignore[attr-defined] # noqa: SLF001
    atexit._run_exitfuncs()  # noqa: SLF001
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)
