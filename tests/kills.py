"""Runs killed at random moments: `python -m tests.kills --times 100`.

Each is started, its parent killed with -9 after a time drawn from 0 to the length of a whole run,
and resumed. A run that was killed before it wrote its header is begun again, as a person would.
The statistics, and the digest of all records, must be those of the run that nobody killed.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path

from reports.store import digest_of_records
from tests.command_line import SMALL, gate, python, start

SET = ("-k", "softmax", "--max-examples", "20", "--dtypes", "float32,float16")


def outcome(run: Path) -> tuple[bytes, str]:
    """What two equal runs have in common."""
    return (run / "cells.frames").read_bytes(), digest_of_records(run)


def killed(run: Path, seconds: float, workers: str) -> bool:
    """Start a run and kill it after that time; whether it was still going on."""
    with start("pytest", "properties", "-q", "--run", run, *SMALL, *SET, "-n", workers) as process:
        end = time.monotonic() + seconds
        while time.monotonic() < end and process.poll() is None:
            time.sleep(0.01)
        going = process.poll() is None
        process.kill()
        process.communicate()
    return going


def resumed(run: Path, workers: str) -> tuple[int, str]:
    """Go on with a run, or begin it where there is none yet."""
    how = "--resume" if (run / "run.json").exists() else "--run"
    return python("pytest", "properties", "-q", how, run, *SMALL, *SET, "-n", workers)


def main(words: list[str]) -> int:
    """Kill and resume; print each run that differs, and how many were alike."""
    parser = ArgumentParser(prog="python -m tests.kills", description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(words)
    chance, alike, interrupted = random.Random(chosen.seed), 0, 0
    with tempfile.TemporaryDirectory() as name:
        begun = time.monotonic()
        code, output = gate(Path(name) / "whole", *SET)
        length = time.monotonic() - begun
        if code != 0:
            sys.stdout.write(output)
            return 1
        due = outcome(Path(name) / "whole")
        for number in range(chosen.times):
            run, workers = Path(name) / str(number), chance.choice("002")
            seconds = chance.uniform(0, length)
            interrupted += killed(run, seconds, workers)
            code, output = resumed(run, workers)
            same = code == 0 and outcome(run) == due
            alike += same
            if not same:
                sys.stdout.write(f"kill {number} after {seconds:.2f} s: exit {code}\n{output}\n")
            if number % 10 == 9:
                told = f"{number + 1} runs, {interrupted} killed while going on, {alike} alike"
                sys.stdout.write(told + "\n")
                sys.stdout.flush()
    return int(alike < chosen.times)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
