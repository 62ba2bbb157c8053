"""The interpreter of another environment as a worker: a subprocess that speaks through pipes."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from properties.protocol import Reply, Request
from properties.tether import MEMORY_LIMIT
from properties.wire import reply_from, request_to_bytes, unpacked
from properties.workers import ROOT, TIME_LIMIT, environment
from reports.plain import RunError, named_words, take
from reports.record import ANSWER, CRASHED, NOT_OFFERED, RAISED, TIMED_OUT

GREETING = 180.0  # seconds: the first import of TensorFlow compiles its bytecode
# What a library says of itself; that it crashed or hung, only the parent can tell.
SAID = (ANSWER, RAISED, NOT_OFFERED)
HIDDEN = ("PYTHONHOME", "PYTHONSTARTUP", "PYTHONUSERBASE", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")


class Silent(Exception):
    """No answer within the time limit."""


class Interpreter:
    """A library in an interpreter of its own, started when first needed and after each crash.

    `python` is a path or a command; `package` a name in `properties.foreign.SERVERS`. RunError,
    when it is started, where the interpreter or the library in it is missing.
    """

    def __init__(
        self,
        python: str,
        package: str = "tensorflow",
        time_limit: float = TIME_LIMIT,
        device: str = "CPU:0",
    ) -> None:
        self.python, self.package, self.time_limit = python, package, time_limit
        self.device = device
        self._process: subprocess.Popen[bytes] | None = None
        self._until = 0.0
        self._tie = -1  # closed when this process ends, which ends the other
        self._versions: Mapping[str, str] = {}

    @property
    def versions(self) -> Mapping[str, str]:
        """Versions of the library, of NumPy and of Python over there."""
        self._start()
        return self._versions

    def ask(self, request: Request) -> Reply:
        """The other interpreter's reply; a crash, a hang or nonsense is a reply too, and ends it.

        Its arrays are checked by the caller, as those of every backend are.
        """
        process = self._start()
        self._until = time.monotonic() + self.time_limit
        try:
            self._write(process, request_to_bytes(request))
            return reply_from(lambda count: self._read(process, count), SAID)
        except Silent:
            self.stop()
            return Reply(TIMED_OUT, (), f"no reply within {self.time_limit:g} s")
        except (EOFError, ConnectionError):
            return Reply(CRASHED, (), f"the process died of {self._death(process)}")
        except RunError as error:
            self.stop()
            return Reply(CRASHED, (), f"the process replied nonsense: {error}")

    def ask_all(self, requests: Sequence[Request]) -> list[Reply]:
        """The replies to several, one after another."""
        return [self.ask(request) for request in requests]

    def stop(self) -> None:
        """Kill the process; the next question starts another."""
        if self._process is not None:
            self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                with suppress(OSError):
                    pipe.close()
            self._process.wait()
            os.close(self._tie)
        self._process = None

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is not None:
            return self._process
        command = shutil.which(self.python)
        if command is None:
            raise RunError(f"{self.python}: no such interpreter, a path to a python is due")
        kept = {name: text for name, text in os.environ.items() if name not in HIDDEN}
        limit = MEMORY_LIMIT if self.device.startswith("CPU") else 0
        end, tie = os.pipe()
        words = ["-m", "properties.foreign", self.package, str(end), str(limit)]
        try:
            self._process = process = subprocess.Popen(
                [str(Path(command).absolute()), *words],
                cwd=ROOT,
                env={**kept, **environment(self.device), "PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,  # a few lines, before it greets
                bufsize=0,
                pass_fds=(end,),
            )
        except OSError as error:
            os.close(tie)
            raise RunError(f"{self.python}: cannot be started ({error.strerror})") from None
        finally:
            os.close(end)
        self._tie = tie
        assert process.stdin is not None
        os.set_blocking(process.stdin.fileno(), False)
        self._greet(process)
        return process

    def _greet(self, process: subprocess.Popen[bytes]) -> None:
        self._until = time.monotonic() + GREETING
        try:
            head, _ = unpacked(lambda count: self._read(process, count))
            lacks = head.get("lacks", "")
            versions = {} if lacks else named_words(take(head, "versions", dict, "greeting"), "")
        except Silent:
            lacks = f"it said nothing within {GREETING:g} s"
        except EOFError:
            lacks = f"it ended with {self._death(process)}{_last_words(process)}"
        except RunError as error:
            lacks = f"it said something else: {error}"
        assert process.stderr is not None
        process.stderr.close()
        if lacks:
            self.stop()
            raise RunError(f"{self.python}: no {self.package} in this interpreter ({lacks})")
        self._versions = versions

    def _read(self, process: subprocess.Popen[bytes], count: int) -> bytes:
        assert process.stdout is not None
        pipe, found = process.stdout.fileno(), bytearray()
        while len(found) < count:
            self._wait(pipe, select.POLLIN)
            piece = os.read(pipe, min(count - len(found), 2**20))
            if not piece:
                raise EOFError
            found += piece
        return bytes(found)

    def _write(self, process: subprocess.Popen[bytes], data: bytes) -> None:
        assert process.stdin is not None
        pipe, rest = process.stdin.fileno(), memoryview(data)
        while rest:
            self._wait(pipe, select.POLLOUT)
            with suppress(BlockingIOError):
                rest = rest[os.write(pipe, rest) :]

    def _wait(self, pipe: int, event: int) -> None:
        poll = select.poll()
        poll.register(pipe, event)
        left = self._until - time.monotonic()
        if left <= 0 or not poll.poll(1000 * left):
            raise Silent

    def _death(self, process: subprocess.Popen[bytes]) -> str:
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        code = process.poll()
        self.stop()
        if code is None:
            return "something that closed its pipes"
        return signal.Signals(-code).name if code < 0 else f"exit status {code}"


def _last_words(process: subprocess.Popen[bytes]) -> str:
    """The last line that a dead process has written to its standard error stream."""
    assert process.stderr is not None
    lines = process.stderr.read().decode(errors="replace").split("\n")
    return next((f": {line}" for line in reversed(lines) if line.strip()), "")
