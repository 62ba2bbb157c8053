"""Runs killed at random moments: `python -m tests.kills --times 100`.

Each is started, its parent killed with -9 while it goes on, and resumed. The moment is drawn from 0
to the time that the shortest of three whole runs took; a run that has ended before it all the same
counts for nothing and is set again with another moment. A run that was killed before it wrote its
header is begun again, as a person would. The statistics, and the digest of all records, must be
those of the run that nobody killed.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path

from reports.store import digest_of_records
from tests.command_line import SMALL, Start, python, start

FILES = ("properties/nn/softmax.py", "properties/nn/log_softmax.py")  # few to collect
SET = (*FILES, "-q", *SMALL, "--max-examples", "20", "--dtypes", "float32,float16")
WHOLE_RUNS = 3  # for each number of workers, to know how long one takes at least
TRIES = 50  # moments drawn for one kill


def outcome(run: Path) -> tuple[bytes, str]:
    """What two equal runs have in common."""
    return (run / "cells.frames").read_bytes(), digest_of_records(run)


def noted(run: Path) -> int:
    """Blocks finished so far."""
    return sum(path.read_bytes().count(b"\n") for path in (run / "blocks").glob("*.jsonl"))


def reached(run: Path, whole: int) -> str:
    """How far a run had come that was killed, in words."""
    if not (run / "run.json").exists():
        return "before the header"
    if (run / "complete.json").exists():
        return "after its last file"
    return "amid blocks" if noted(run) < whole else "adding up"


def killed(run: Path, seconds: float, workers: str, by: Start = start) -> bool:
    """Start a run and kill it after that time; whether it was still going on."""
    with by("pytest", *SET, "--run", run, "-n", workers) as process:
        end = time.monotonic() + seconds
        while time.monotonic() < end and process.poll() is None:
            time.sleep(0.01)
        going = process.poll() is None
        process.kill()
        process.communicate()
    return going


def interrupted(
    folder: Path, shortest: float, workers: str, chance: random.Random, by: Start = start
) -> tuple[Path, float, int]:
    """A run that was killed while it went on, after how many seconds, and at which attempt."""
    for attempt in range(1, TRIES + 1):
        run, seconds = folder / str(attempt), chance.uniform(0, shortest)
        if killed(run, seconds, workers, by):
            return run, seconds, attempt
    raise SystemExit(f"{TRIES} runs ended before {shortest:.2f} s were over: is that the shortest?")


def resumed(run: Path, workers: str) -> tuple[int, str]:
    """Go on with a run, or begin it where there is none yet."""
    how = "--resume" if (run / "run.json").exists() else "--run"
    return python("pytest", *SET, how, run, "-n", workers)


def whole(folder: Path, kinds: str) -> tuple[tuple[bytes, str], int, dict[str, float]]:
    """What whole runs come to, their blocks, and the shortest time for each number of workers."""
    due, shortest = None, dict.fromkeys(kinds, float("inf"))
    python("pytest", *SET, "--run", folder / "first")  # kernels are compiled and modules loaded
    for kind in shortest:
        for number in range(WHOLE_RUNS):
            run, begun = folder / f"{kind}-{number}", time.monotonic()
            code, output = python("pytest", *SET, "--run", run, "-n", kind)
            shortest[kind] = min(shortest[kind], time.monotonic() - begun)
            if code != 0 or due not in (None, outcome(run)):
                raise SystemExit(f"whole runs differ, or exit {code}\n{output}")
            due = outcome(run)
    assert due is not None
    return due, noted(folder / "first"), shortest


def main(words: list[str]) -> int:
    """Kill and resume; print each run that differs, and how many were alike."""
    parser = ArgumentParser(prog="python -m tests.kills", description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", default="002", help="one digit is drawn for each run")
    chosen = parser.parse_args(words)
    chance, alike, again = random.Random(chosen.seed), 0, 0
    places: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        due, blocks, shortest = whole(Path(name) / "whole", chosen.workers)
        lengths = ", ".join(f"-n {kind}: {length:.2f} s" for kind, length in shortest.items())
        sys.stdout.write(f"{blocks} blocks; shortest whole run {lengths}\n")
        for number in range(chosen.times):
            folder, workers = Path(name) / str(number), chance.choice(chosen.workers)
            folder.mkdir()
            run, seconds, attempt = interrupted(folder, shortest[workers], workers, chance)
            again += attempt - 1
            places[reached(run, blocks)] += 1
            code, output = resumed(run, workers)
            same = code == 0 and outcome(run) == due
            alike += same
            if not same:
                sys.stdout.write(f"kill {number} after {seconds:.2f} s: exit {code}\n{output}\n")
            if number % 10 == 9 or number + 1 == chosen.times:
                where = ", ".join(f"{count} {place}" for place, count in sorted(places.items()))
                sys.stdout.write(f"{number + 1} killed while going on ({where}), {alike} alike; ")
                sys.stdout.write(f"{again} had ended and were set again\n")
                sys.stdout.flush()
    return int(alike < chosen.times)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
