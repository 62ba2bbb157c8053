"""How numba compiles kernels and their parts: parts once, and a kernel in one process at a time.

Half of the time that a first run spent in numba went to machine code that nothing executes: numba
optimises every function by itself and makes it executable, then links its code into each function
that calls it, and optimises all of that again. Parts are called by kernels alone, so they are
handed on as they are, and are optimised where they end up.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_lock import global_compiler_lock


class _Linked(JITCodeLibrary):
    """Code for kernels to take in: never optimised by itself, never executable."""

    def _optimize_final_module(self) -> None:
        """Left to the kernel, which optimises all that it is linked of."""

    def _finalize_final_module(self) -> None:
        self._finalized = True


class Part(Compiler):
    """The compiler of a function that compiled functions alone call."""

    def __init__(self, typing: Any, target: Any, *others: Any) -> None:
        super().__init__(typing, target, *others)
        self._target = target

    def compile_extra(self, func: Callable[..., Any]) -> Any:
        """What numba knows of the compiled function, with a stand-in for what Python would call."""

        def entry(*_arguments: Any) -> None:
            raise TypeError(f"{func.__qualname__} is part of kernels: Python cannot call it")

        self.state.flags.no_compile = True
        linked = _Linked(self._target.codegen(), func.__qualname__)
        self.state["library"] = linked
        result = super().compile_extra(func)
        self._target.insert_user_function(entry, result.fndesc, [linked])
        return result._replace(entry_point=entry)


def hide(part: Any) -> None:
    """Keep a part from Python, which would take its stand-in for machine code."""

    def add_overload(result: Any) -> None:
        part.overloads[tuple(result.signature.args)] = result

    part.add_overload = add_overload


def take_turns(kernel: Any, folder: Path) -> None:
    """Let one process compile a kernel while others wait, and load what it has kept in `folder`.

    Workers need the same kernels at about the same time, and would each compile all of them.
    """
    compile_now = kernel.compile
    name = f"{kernel.py_func.__module__}.{kernel.py_func.__name__}.lock"

    def compile_in_turn(signature: Any) -> Any:
        # numba's own lock first: of two threads, one would else wait for it with the file locked.
        with global_compiler_lock:
            try:
                fcntl = import_module("fcntl")
                handle = (folder / name).open("a")
            except (ImportError, OSError):  # Windows, or a folder that has become read-only
                return compile_now(signature)
            with handle:
                with suppress(OSError):  # a file system without locks
                    fcntl.flock(handle, fcntl.LOCK_EX)  # until it is closed
                return compile_now(signature)

    kernel.compile = compile_in_turn
