"""`python -m properties.soak FOLDER`: audits one after another, each with a new seed, until Ctrl-C.

python -m properties.soak .runs/soak --every 1h -n 2 --rival jax

Every round is a run of its own, `FOLDER/seed-N`, in a process of its own: memory that a round takes
is given back. `FOLDER/soak.json` is written anew after each: rounds, judged answers, new breaks
with the round they are in, seconds, the memory of the largest process. Rounds without a new break
are deleted but for the last few, so that the disk does not fill. The same command goes on after any
stop, with the round that was interrupted first. Options that are not listed go to pytest.

exit code, when Ctrl-C has ended it or so many rounds are over: 0 no new break, 1 new breaks; 2
wrong usage; 3 a round could not be set or finished for another reason than Ctrl-C.
"""

from __future__ import annotations

import argparse
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from properties.plan import seconds_from
from reports.plain import RunError, dump, parse, read_text, take, write_text
from reports.run import marker
from reports.verdict import run_verdict

ROOT = Path(__file__).parent.parent
FILE = "soak.json"
KEPT = 3  # rounds without a new break
FINE, BROKEN, USAGE, INCOMPLETE = range(4)


@dataclass
class Told:
    """What all rounds so far come to; `new`: new breaks, by the round that has them."""

    rounds: int = 0
    judged: int = 0
    new: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    largest: int = 0  # MiB that any process of a round had resident

    @classmethod
    def of(cls, folder: Path) -> Told:
        """What an earlier soak left; RunError where that is not readable."""
        path = folder / FILE
        if not path.exists():
            return cls()
        data, where = parse(read_text(path, "soak"), str(path)), str(path)
        new = take(data, "new", dict, where)
        return cls(
            take(data, "rounds", int, where),
            take(data, "judged", int, where),
            {name: take(new, name, int, where) for name in new},
            float(take(data, "seconds", (int, float), where)),
            take(data, "largest", int, where),
        )

    def add(self, run: Path, seconds: float) -> None:
        """Count a round that is over."""
        verdict = run_verdict(run)
        self.rounds += 1
        self.judged += sum(
            sum(outcomes.values())
            for asked, outcomes in verdict.summary.answers.items()
            if asked[-1] == "tensorflow"
        )
        if verdict.broken:
            self.new[run.name] = sum(verdict.broken.values())
        self.seconds += seconds
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.largest = max(self.largest, used // (2**20 if sys.platform == "darwin" else 2**10))


def numbered(folder: Path) -> Mapping[int, Path]:
    """The rounds that are there, by their seeds."""
    found = ((re.fullmatch(r"seed-(\d+)", path.name), path) for path in folder.glob("seed-*"))
    return dict(sorted((int(match[1]), path) for match, path in found if match))


def parser() -> argparse.ArgumentParser:
    """The command line; what it does not know goes to pytest."""
    parser = argparse.ArgumentParser(
        prog="python -m properties.soak",
        allow_abbrev=False,
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", default="1h", help="the budget of a round")
    parser.add_argument("--rounds", type=int, help="stop after so many [default: never]")
    return parser


def main(words: Sequence[str]) -> int:
    """Set rounds until Ctrl-C; the exit code."""
    given, others = parser().parse_known_args(words)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell runs it behind
    try:
        seconds_from(given.every)
        given.folder.mkdir(parents=True, exist_ok=True)
        told = Told.of(given.folder)
    except (ValueError, OSError, RunError) as error:
        print(f"soak: {error}", file=sys.stderr)  # noqa: T201 - the command line answers
        return USAGE
    last, stopped = told.rounds + (given.rounds or sys.maxsize), False
    while told.rounds < last and not stopped:
        there = numbered(given.folder)
        left = [n for n, path in there.items() if not marker(path).complete]
        number = min(left, default=max([told.rounds - 1, *there]) + 1)
        run = given.folder / f"seed-{number}"
        how = "--resume" if (run / "run.json").exists() else "--run"
        if how == "--run":  # stopped before its header, which leaves a file or two
            shutil.rmtree(run, ignore_errors=True)
        begun = time.monotonic()
        code, output, stopped = one(
            [how, str(run), "--seed", str(number), "--budget", given.every, *others]
        )
        if not stopped and (code != FINE or not marker(run).complete):
            last_lines = [line for line in output.splitlines() if line.strip()][-1:]
            print(f"soak: {run} ended with {code}: {' '.join(last_lines)}", file=sys.stderr)  # noqa: T201
            return code if code == USAGE else INCOMPLETE
        if marker(run).complete:
            told.add(run, time.monotonic() - begun)
            write_text(given.folder / FILE, dump(asdict(told), 1) + "\n")
            print(  # noqa: T201 - progress
                f"{run.name}: {told.rounds} rounds, {told.judged:,} judged answers, "
                f"{sum(told.new.values())} new breaks, {told.largest} MiB",
                flush=True,
            )
        tidy(given.folder, told)
    return BROKEN if told.new else FINE


def one(words: Sequence[str]) -> tuple[int, str, bool]:
    """One round in a process of its own: its exit code, output, whether Ctrl-C ended it.

    The round hears of Ctrl-C from here alone: two of them would end it without its last lines.
    """
    command = (sys.executable, "-m", "pytest", "properties", "-q", "--audit")
    with subprocess.Popen(
        [*command, *words],
        cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            output, _ = process.communicate()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate()
            return process.returncode, output, True
    return process.returncode, output, False


def tidy(folder: Path, told: Told) -> None:
    """Delete rounds that are over and found nothing new, but for the last ones."""
    over = [p for p in numbered(folder).values() if marker(p).complete and p.name not in told.new]
    for path in over[:-KEPT]:
        shutil.rmtree(path, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
