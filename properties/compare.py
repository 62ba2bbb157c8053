"""`tox -e compare`: two versions of TensorFlow, or two dtypes, modes or backends of one.

python -m properties.compare 2.19.1 2.21.0      environments are built by uv, and kept
python -m properties.compare --by dtype         the TensorFlow that is installed, with its times

A requirement is a version, anything that pip takes (`tf-nightly`, `tensorflow-cpu==2.20.*`, a
wheel), or the interpreter of an environment that is there. The first one is what the others are
compared with; a single one is compared with the TensorFlow that is installed. Options that are
not listed by --help go to pytest: -k, --dtypes, --max-examples ...
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from properties.setup import Trouble

ROOT = Path(__file__).parent.parent
RUNS = ROOT / ".runs"
VERSION = re.compile(r"\d+(\.\d+)+((a|b|rc|\.dev)\d+)?")
PINNED = re.compile(r"[\w.\[\]-]+==[\w.]+")  # needs no second look at the index
VOLUME = ("--audit", "--max-examples", "4", "--depth", "32", "--rows", "all")
WORKERS = ("-n", "2")
FINE, BROKEN, USAGE = range(3)


def main(words: Sequence[str]) -> int:
    """Build environments, set both the same problems, compare; the exit code."""
    requirements = list(takewhile(lambda word: not word.startswith("-"), words))
    parser = argparse.ArgumentParser(
        prog="python -m properties.compare",
        allow_abbrev=False,
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--by", choices=("backend", "dtype", "mode"), default="backend")
    parser.add_argument("--a", help="what to compare with")
    parser.add_argument("--b", help="what to compare")
    parser.add_argument("--size", type=int, help="size of the calls that are timed")
    parser.add_argument("--python", help="the Python of the environments to build, 3.12 say")
    given, others = parser.parse_known_args(words[len(requirements) :])
    try:
        pythons = [environment(each, given.python or sys.executable) for each in requirements]
        code = measure(pythons, others)
    except Trouble as trouble:
        print(f"compare: {trouble}", file=sys.stderr)  # noqa: T201 - the command line answers
        return USAGE
    if code not in (FINE, BROKEN):  # what broke is told by an audit, and stops no comparison
        return code
    told = [f"--{name}={value}" for name in ("a", "b", "size") if (value := vars(given)[name])]
    if not requirements:
        told += timed()
    run = RUNS / "compare"
    return _python("reports", "compare", str(run), "--by", given.by, "--out", str(run), *told)


def environment(requirement: str, python: str) -> str:
    """The interpreter that has it; Trouble, in uv's own words, where it cannot be installed."""
    if shutil.which(requirement):
        return requirement
    if VERSION.fullmatch(requirement):
        requirement = f"{wheel()}=={requirement}"
    uv = shutil.which("uv")
    if uv is None:
        raise Trouble(
            "building environments needs uv: pip install uv, or start by `tox -e compare`"
        )
    name = re.sub(r"[^\w.]+", "-", f"{requirement} {_short(python)}", flags=re.ASCII).strip("-")
    folder = RUNS / "environments" / name
    found, kept = folder / "bin" / "python", folder / "requirement"
    shown = os.path.relpath(found, ROOT)  # where pytest will be started, and a person replays
    if kept.is_file() and PINNED.fullmatch(requirement):
        return shown
    print(f"installing {requirement} into {os.path.relpath(folder)}", flush=True)  # noqa: T201
    if not kept.is_file():
        _uv(requirement, uv, "venv", "-q", "--clear", "--python", python, str(folder))
    _uv(requirement, uv, "pip", "install", "-q", "-U", "--python", str(found), requirement)
    kept.write_text(f"{requirement}\n", "utf-8")
    return shown


def measure(pythons: Sequence[str], others: Sequence[str]) -> int:
    """Set the problems to all of them in one run; pytest's exit code."""
    run = RUNS / "compare"
    if (run / "run.json").is_file():
        shutil.rmtree(run)
    verified, rivals = pythons[: len(pythons) > 1], pythons[len(pythons) > 1 :]
    told = [f"--python={python}" for python in verified]
    told += [f"--rival={python}" for python in rivals]
    words = ("properties", "-q", "--no-summary", *VOLUME, *WORKERS, "--run", str(run))
    return _python("pytest", *words, *told, *others)


def timed() -> list[str]:
    """What the report is told of times: measured once, and kept until .runs is emptied."""
    path = RUNS / "times.json"
    if not path.is_file():
        words = ("benchmarks/times.py", "-q", "--benchmark-quiet", "--benchmark-json", str(path))
        if _python("pytest", *words) not in (FINE, BROKEN) or not path.is_file():
            return []
    return [f"--times={path}"]


def wheel() -> str:
    """The wheel for this machine: on Linux and x86 one is smaller and executes the same."""
    small = platform.system() == "Linux" and platform.machine() == "x86_64"
    return "tensorflow-cpu" if small else "tensorflow"


def _short(python: str) -> str:
    return platform.python_version() if python == sys.executable else python


def _uv(requirement: str, *command: str) -> None:
    environment = {**os.environ, "UV_COMPILE_BYTECODE": "1"}  # or each start costs seconds
    environment.pop("VIRTUAL_ENV", None)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = re.split(r"╰─▶|error:", done.stderr)[-1]
        raise Trouble(f"cannot install {requirement!r}: {' '.join(said.split())[:600]}")


def _python(*words: str) -> int:
    return subprocess.run([sys.executable, "-m", *words], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
