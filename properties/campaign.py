"""`python -m properties.campaign RUN`: an audit in shards on many machines, by Dask.

python -m properties.campaign .runs/big --shards 64 --workers 2         processes of this machine
python -m properties.campaign .runs/big --shards 64 --scheduler tcp://head:8786   any machines

Every worker of Dask needs a checkout of the same commit as its working folder. A shard is one task:
pytest in a process of its own, so what crashes there never takes a worker along. A shard whose
worker is lost is set again by another one; shards that are there already are not set again.
Options that are not listed go to pytest: -k, --max-examples ...
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from properties.environment import commit
from properties.setup import Trouble
from reports.conclude import merge
from reports.plain import RunError, write_bytes
from reports.run import marker

ROOT = Path(__file__).parent.parent
# What a file or folder of a run is called: nothing that leads elsewhere.
NAME = re.compile(r"[\w-][\w.-]*", re.ASCII)
FINE, BROKEN, USAGE, INCOMPLETE = range(4)
# Dask looks after its workers so often that two of them, asleep, take 0.13 of a core; so 0.014.
SELDOM = {
    "distributed.worker.profile.enabled": False,
    "distributed.worker.memory.monitor-interval": "1s",
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
}


def parser() -> argparse.ArgumentParser:
    """The command line; what it does not know goes to pytest."""
    parser = argparse.ArgumentParser(
        prog="python -m properties.campaign",
        allow_abbrev=False,
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", type=Path, help="the new folder that the shards are added up into")
    parser.add_argument("--shards", type=int, default=16, help="parts to divide the run into")
    parser.add_argument("--scheduler", help="address of a scheduler [default: a local cluster]")
    parser.add_argument("--workers", type=int, default=2, help="of the local cluster")
    return parser


def main(words: Sequence[str]) -> int:
    """Set what is missing of the shards, add them up; the exit code."""
    given, others = parser().parse_known_args(words)
    try:
        _check(given)
        folders = shards(given.run, given.shards)
        missing = [i for i, folder in enumerate(folders, 1) if not _whole(folder)]
        with _client(given.scheduler, given.workers) as client:
            for number, files in set_shards(client, missing, given.shards, others):
                save(folders[number - 1], files)
                left = sum(not _whole(folder) for folder in folders)
                print(f"shard {number}/{given.shards} is done, {left} are left")  # noqa: T201 - progress
        merge(given.run, folders)
    except (Trouble, RunError) as trouble:
        print(f"campaign: {trouble}", file=sys.stderr)  # noqa: T201 - the command line answers
        return USAGE if isinstance(trouble, Trouble) else INCOMPLETE
    print(given.run)  # noqa: T201 - what the reports are asked about next
    return FINE


def _check(given: argparse.Namespace) -> None:
    if given.shards < 1 or given.workers < 1:
        raise Trouble("--shards and --workers: at least 1 is needed")
    if given.run.exists():
        raise Trouble(f"{given.run} is there already: name a new folder")


def shards(run: Path, count: int) -> list[Path]:
    """Where the shards of a campaign stand: beside the run that they become."""
    return [run.with_name(f"{run.name}-shards") / f"{i}-of-{count}" for i in range(1, count + 1)]


def _whole(folder: Path) -> bool:
    return folder.is_dir() and marker(folder).complete


def set_shards(
    client: Any, numbers: Sequence[int], count: int, words: Sequence[str]
) -> Iterator[tuple[int, dict[str, bytes]]]:
    """The files of each shard as it is done. Trouble in pytest's words where one cannot be set."""
    here = commit()
    tasks = {
        client.submit(shard, f"{i}/{count}", tuple(words), here, pure=False): i for i in numbers
    }
    return _collected(client, tasks, count)


def _collected(
    client: Any, tasks: dict[Any, int], count: int
) -> Iterator[tuple[int, dict[str, bytes]]]:
    from distributed import as_completed

    for task in as_completed(list(tasks)):
        try:
            files = task.result()
        except Exception as error:  # noqa: BLE001 - a task may fail of anything
            client.cancel(list(tasks))
            raise Trouble(f"shard {tasks[task]}/{count}: {error}") from None
        yield tasks[task], files
        task.release()


def shard(part: str, words: Sequence[str], expected: str) -> dict[str, bytes]:
    """Set one shard in a process of its own; its files by their paths below the run.

    This is what a worker of Dask executes, in its own checkout. Trouble where that is of another
    commit than expected, or pytest says that it cannot run.
    """
    if commit() != expected:
        raise Trouble(f"a worker's checkout is of commit {commit()}, not {expected}")
    with tempfile.TemporaryDirectory() as scratch:
        run = Path(scratch) / "run"
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "properties", "-q", "--audit", "-n", "0"),
                *("--run", str(run), "--shard", part, *words),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode not in (FINE, BROKEN) or not _whole(run):
            last = [line for line in done.stdout.splitlines() if line.strip()][-1:]
            raise Trouble(f"pytest ended with {done.returncode}: {' '.join(last)}")
        return {
            path.relative_to(run).as_posix(): path.read_bytes()
            for path in sorted(run.rglob("*"))
            if path.is_file()
        }


def save(folder: Path, files: dict[str, bytes]) -> None:
    """Write the files of a shard; RunError for a path that leads out of its folder."""
    for name in files:
        if not all(NAME.fullmatch(word) for word in name.split("/")):
            raise RunError(f"{name!r} is no file of a run")
    draft = folder.with_name(f".{folder.name}")
    shutil.rmtree(draft, ignore_errors=True)
    for name, content in files.items():
        write_bytes(draft / name, content)
    shutil.rmtree(folder, ignore_errors=True)
    draft.replace(folder)


@contextmanager
def _client(scheduler: str | None, workers: int) -> Iterator[Any]:
    """A client of a scheduler, or of a cluster of this machine that ends with it."""
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError:
        raise Trouble("campaigns need Dask: pip install distributed") from None
    if scheduler:
        try:
            client = Client(scheduler, timeout=10)
        except (OSError, ValueError) as error:
            raise Trouble(f"--scheduler {scheduler}: {error}") from None
        with client:
            yield client
        return
    with (
        dask.config.set(SELDOM),
        LocalCluster(
            n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
