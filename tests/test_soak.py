"""A soak: rounds with new seeds until Ctrl-C, and on from there."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

from properties import soak
from tests.command_line import LIMIT, SMALL, fresh, python

WORDS = ("--every", "20m", *SMALL, "-k", "test_softmax", "--dtypes", "float32")


def told(folder: Path) -> dict:
    return json.loads((folder / soak.FILE).read_text("utf-8"))


def set_in(run: Path) -> bool:
    """Whether a block has been set; its list of blocks waits for mpmath, to the end perhaps."""
    return any(": done;" in path.read_text("utf-8") for path in run.glob("log/*"))


def test_rounds_have_seeds_of_their_own_and_go_on_after_ctrl_c(tmp_path: Path) -> None:
    folder = tmp_path / "soak"
    code, output = python("properties.soak", folder, *WORDS, "--rounds", "1", by=fresh)
    assert code == 0 and "seed-0: 1 rounds" in output, output
    first = told(folder)
    assert first["rounds"] == 1 and first["judged"] > 0 and first["largest"] > 0
    with fresh("properties.soak", folder, *WORDS, "--every", "20h") as process:
        end = time.monotonic() + LIMIT
        while not set_in(folder / "seed-1") and time.monotonic() < end and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)  # of some hundred blocks one has been set, or a few
        output, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0 and "Traceback" not in output, output
    assert told(folder)["rounds"] == 1, "the round was not interrupted"
    code, output = python("properties.soak", folder, *WORDS, "--rounds", "1", by=fresh)
    assert code == 0 and "seed-1: 2 rounds" in output, output
    seeds = [json.loads((folder / f"seed-{n}" / "run.json").read_text())["seed"] for n in (0, 1)]
    assert seeds == [0, 1]
    assert told(folder)["judged"] > first["judged"]


def test_what_cannot_be_soaked(tmp_path: Path) -> None:
    code, output = python("properties.soak", tmp_path / "soak", "--every", "soon")
    assert code == 2 and "a time like 90s" in output, output
    code, output = python("properties.soak", tmp_path / "s", "--modes", "nonsense", by=fresh)
    assert code == 2 and "seed-0 ended with 2" in output, output
    (tmp_path / "s" / soak.FILE).write_text("[]")
    code, output = python("properties.soak", tmp_path / "s")
    assert code == 2 and "Traceback" not in output


def test_rounds_that_found_nothing_are_deleted_but_for_the_last(tmp_path: Path) -> None:
    for number in range(12):
        run = tmp_path / f"seed-{number}"
        run.mkdir()
        run.joinpath("complete.json").write_text('{"format": 3, "complete": true, "reasons": []}')
    soak.tidy(tmp_path, soak.Told(new={"seed-2": 5}))
    assert list(soak.numbered(tmp_path)) == [2, 9, 10, 11]
