"""What a run ran on: versions, processor, flags, commit; all that can change a figure."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from properties.interpreters import Interpreter

ROOT = Path(__file__).parent.parent
WHEELS = ("tensorflow", "tensorflow-cpu", "tf-nightly")
PACKAGES = ("numpy", "scipy", "mpmath", "python-flint", "hypothesis", "ml-dtypes")
VENDORS = {"AuthenticAMD": "amd", "GenuineIntel": "intel"}  # as /proc/cpuinfo names them
FEATURES = {"sse4_2", "avx", "f16c", "fma", "avx2", "avx512f", "avx512_bf16", "amx_tile"}
# What the x86-64 psABI asks of a level beyond the one before, as /proc/cpuinfo names it.
LEVELS = {
    "x86-64-v2": {"cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"},
    "x86-64-v3": {"avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"},
    "x86-64-v4": {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"},
}
STEERING = ("TF_", "XLA_", "KMP_")  # names of variables that say how kernels execute
OTHERS = ("TF_CLI_", "TF_DATA_", "TF_PLUGIN_", "TF_TOKEN_", "TF_VAR_")  # those of Terraform


def flags() -> dict[str, str]:
    """Variables of the environment by which TensorFlow, XLA and oneDNN are steered."""
    return {
        name: text
        for name, text in sorted(os.environ.items())
        if name.startswith(STEERING) and not name.startswith(OTHERS)
    }


def verified(here: dict[str, str], worker: Interpreter) -> dict[str, str]:
    """The versions of a header where another interpreter's TensorFlow is verified."""
    theirs = worker.versions
    others = {name: text for name, text in here.items() if name not in WHEELS}
    beside = f"Python {theirs['python']}, NumPy {theirs['numpy']}"
    return {**others, "tensorflow": theirs["tensorflow"], "beside tensorflow": beside}


def versions() -> dict[str, str]:
    """Versions of everything that can change a figure; TensorFlow's by whichever wheel is in."""
    found = {"python": platform.python_version(), "system": platform.platform()}
    for package in (*WHEELS, *PACKAGES):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def cpu_features() -> list[str]:
    """The machine, the maker of the processor, and its features that kernels are chosen by."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:  # not Linux
        return [platform.machine()]
    words = set(text.split())
    makers = [name for word, name in VENDORS.items() if word in words]
    return [platform.machine(), *makers, *sorted(FEATURES & words)]


def level(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The highest level of x86-64 that the processor has; of others, or unknown, the machine."""
    try:
        words = set(cpuinfo.read_text(encoding="utf-8").split())
    except OSError:  # not Linux
        return platform.machine()
    found = "x86-64-v1" if platform.machine() == "x86_64" else platform.machine()
    for name, features in LEVELS.items():
        if not features <= words:
            break
        found = name
    return found


def commit() -> str:
    """The commit of this checkout, with a + where files differ from it."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        return git("rev-parse", "--short=12", "HEAD") + (
            "+" if git("status", "--porcelain") else ""
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
