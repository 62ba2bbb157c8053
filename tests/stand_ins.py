"""Executables that stand in for the interpreter of another environment; a tree to set to it."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.command_line import ROOT

TREE = ("softmax", ("stack", ("at", 0), ("multiply", ("at", 1), ("const", 0.5))))


def script(path: Path, *lines: str) -> str:
    """An executable of Python that stands in for an interpreter."""
    path.write_text("\n".join((f"#!{sys.executable}", "import sys, os, time", *lines)), "utf-8")
    path.chmod(0o755)
    return str(path)


def without(path: Path, module: str) -> str:
    """This interpreter, but for one module."""
    return script(
        path,
        "import runpy",
        f"sys.modules[{module!r}] = None",
        "sys.argv = sys.argv[2:]",
        f"sys.path.insert(0, {str(ROOT)!r})",
        "runpy.run_module('properties.foreign', run_name='__main__', alter_sys=True)",
    )
