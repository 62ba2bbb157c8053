"""What the header of a run says of how TensorFlow executed: what was found, not what was asked."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

from properties import environment, observed
from properties.interpreters import Interpreter
from properties.protocol import Reply
from reports.markdown import markdown
from reports.record import ANSWER, RAISED
from reports.verdict import run_verdict
from tests.command_line import gate


class Answering:
    """An executor with one answer."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply

    def ask(self, _):
        return self.reply

    def stop(self):
        """Nothing to end."""


def test_a_run_says_how_it_was_executed(tmp_path: Path) -> None:
    code, output = gate(
        tmp_path, "properties/linalg/contractions.py::test_trace", "--dtypes", "float32"
    )
    assert code == 0, output
    flags = json.loads((tmp_path / "run.json").read_text("utf-8"))["flags"]
    assert {flags[name] for name in observed.THREADS} == {"1"}
    for name, words in observed.WORDS.items():
        assert flags[name] in words, name
    assert flags["subnormal results"] == "flushed to zero"  # TensorFlow's own threads do
    assert flags["processor level"] == environment.level()
    page = markdown(run_verdict(tmp_path))
    for name in ("oneDNN", "TF32", "deterministic ops", "subnormal inputs", "processor level"):
        assert name in page, name


@pytest.mark.parametrize("onednn", ["0", "1"])
def test_what_the_build_does_is_told(tmp_path: Path, onednn: str) -> None:
    with patch.dict(os.environ, {"TF_ENABLE_ONEDNN_OPTS": onednn}):
        worker = Interpreter(sys.executable, device="CPU:0")
        try:
            told = observed.settings(worker, "CPU:0")
        finally:
            worker.stop()
    assert told["oneDNN"] == ("on" if onednn == "1" else "off")
    assert told["deterministic ops"] == "off"


def test_a_build_that_does_not_say() -> None:
    unknown = np.array([-1, -1, -1, 0, 0, 0, 4])
    told = observed.settings(Answering(Reply(ANSWER, (unknown,), "")), "CPU:0")
    assert told["oneDNN"] == told["TF32"] == told["deterministic ops"] == "unknown"
    assert told["subnormal results"] == told["subnormal inputs"] == "kept"
    assert [told[name] for name in observed.THREADS] == ["as many as cores", "4"]
    told = observed.settings(Answering(Reply(RAISED, (), "no such thing")), "CPU:0")
    assert told == {"settings": "unknown: no such thing"}


def test_levels_of_processors(tmp_path: Path) -> None:
    if environment.platform.machine() != "x86_64":
        pytest.skip("levels are of x86-64")
    info, words = tmp_path / "cpuinfo", set()
    assert environment.level(info) == "x86_64"
    for name, features in environment.LEVELS.items():
        words |= features
        info.write_text("flags : " + " ".join(words))
        assert environment.level(info) == name
    info.write_text(" ".join(words - {"fma"}))
    assert environment.level(info) == "x86-64-v2"
