"""Campaigns: shards by Dask give what one run gives, also where a worker is lost."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from properties import campaign
from properties.setup import Trouble
from reports.plain import RunError
from tests.command_line import SMALL, fresh, gate, python

WORDS = (*SMALL, "-k", "test_softmax", "--dtypes", "float32", "--max-examples", "10")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What all shards together must come to."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    code, output = gate(folder, "--audit", *WORDS)
    assert code == 0, output
    return folder


def test_paths_of_a_stranger_stay_in_the_folder(tmp_path: Path) -> None:
    for name in ("../x", "/etc/x", "a/../../x", "a//b", "", "a/.b", "a\\b", "a\n"):
        with pytest.raises(RunError, match="is no file of a run"):
            campaign.save(tmp_path / "1-of-2", {name: b""})
    assert not list(tmp_path.iterdir())
    campaign.save(tmp_path / "1-of-2", {"findings/main/a-b.c.json": b"x"})
    assert (tmp_path / "1-of-2" / "findings" / "main" / "a-b.c.json").read_bytes() == b"x"


def test_a_checkout_of_another_commit(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"a worker's checkout is of commit .*, not other"):
        campaign.shard("1/2", (), "other")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--shards", "0"), "at least 1 is needed"),
        (("--scheduler", "nonsense://x"), "--scheduler nonsense://x:"),
    ],
)
def test_what_cannot_be_done(tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    pytest.importorskip("distributed", reason="campaigns need Dask, an extra")
    code, output = python("properties.campaign", tmp_path / "run", *words)
    assert code == 2 and message in output, output


def test_shards_of_a_local_cluster_make_one_run(tmp_path: Path, whole: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="campaigns need Dask, an extra")
    run = tmp_path / "run"
    folders = campaign.shards(run, 2)
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        for number, files in campaign.set_shards(client, [1], 2, WORDS):
            campaign.save(folders[number - 1], files)
        # The second shard loses its worker, and is set again by the one that takes its place.
        pid = next(iter(client.run(os.getpid).values()))
        later = campaign.set_shards(client, [2], 2, WORDS)
        time.sleep(5)
        os.kill(pid, signal.SIGKILL)
        for number, files in later:
            campaign.save(folders[number - 1], files)
    campaign.merge(run, folders)
    assert (run / "cells.frames").read_bytes() == (whole / "cells.frames").read_bytes()


def test_the_command_sets_shards_by_two_workers_on_loopback(tmp_path: Path, whole: Path) -> None:
    pytest.importorskip("distributed", reason="campaigns need Dask, an extra")
    run = tmp_path / "run"
    code, output = python(
        "properties.campaign", run, "--shards", "2", "--workers", "2", *WORDS, by=fresh
    )
    assert code == 0 and "0 are left" in output, output
    assert (run / "cells.frames").read_bytes() == (whole / "cells.frames").read_bytes()
