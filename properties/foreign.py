"""What the interpreter of another environment runs: a library, asked through its pipes.

`python -m properties.foreign tensorflow PIPE BYTES`, from the root of this checkout. It greets with
the versions that it found, or with what it lacks; then it answers requests until its input ends, or
the other end of PIPE, the number of a descriptor, is closed. It may have BYTES of data; 0: any.
"""

from __future__ import annotations

import os
import platform
import signal
import sys
from importlib import import_module

from properties import tether
from properties.protocol import Reply, Request
from properties.wire import packed, reply_to_bytes, request_from

SERVERS = {  # the module that serves a library, and the names under which it is installed
    "tensorflow": ("properties.child", "tensorflow"),
    "jax": ("properties.rival_jax", "jax"),
    "torch": ("properties.rival_torch", "torch"),
}


class Pipes:
    """The parent's requests from one file descriptor, replies into another."""

    def __init__(self, source: int, target: int) -> None:
        self._source = os.fdopen(source, "rb")
        self._target = os.fdopen(target, "wb")

    def recv(self) -> Request:
        """The next request; EOFError when the parent has hung up."""
        return request_from(self.read)

    def send(self, reply: Reply) -> None:
        """Answer."""
        self.write(reply_to_bytes(reply))

    def read(self, count: int) -> bytes:
        """Exactly that many bytes."""
        data = self._source.read(count)
        if len(data) < count:
            raise EOFError
        return data

    def write(self, data: bytes) -> None:
        """All of them, at once."""
        self._target.write(data)
        self._target.flush()


def main(library: str, end: str, memory_limit: str) -> int:
    """Greet, then serve."""
    tether.tied(int(end))
    if int(memory_limit):
        tether.restrained(int(memory_limit))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    pipes = Pipes(os.dup(0), os.dup(1))
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # whatever a library prints must not end up among the replies
        os.dup2(null, descriptor)
    module, package = SERVERS[library]
    try:
        version = str(import_module(package).__version__)
        numpy = str(import_module("numpy").__version__)
        server = import_module(module)
    except Exception as error:  # an installation may be broken in any way
        pipes.write(packed({"lacks": f"{type(error).__name__}: {error}"}))
        return 1
    found = {library: version, "numpy": numpy, "python": platform.python_version()}
    pipes.write(packed({"versions": found}))
    server.serve(pipes)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
