"""Worst cases that machines share, through a folder and through a real Redis server."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from dataclasses import replace

import pytest

from properties.corpus import WORST, Corpus, keep, main
from properties.modes import TensorFlow
from properties.registry import routines
from properties.search import searched
from properties.workers import Worker
from reports.cases import load_finding, name_of, save_finding, share
from reports.plain import RunError
from tests.reports_example import FINDING

ROUTINE = FINDING.cell.routine


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory):
    """The address of a Redis server of this test's own, on loopback."""
    pytest.importorskip("redis", reason="needs the client of Redis: pip install redis")
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("needs a Redis server: apt-get install redis-server")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    folder = tmp_path_factory.mktemp("redis")
    with subprocess.Popen(
        [program, *words], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()


@pytest.fixture(params=["folder", "redis"])
def where(request, tmp_path):
    if request.param == "folder":
        return str(tmp_path / "corpus")
    address = request.getfixturevalue("redis_server")
    from redis import Redis

    Redis.from_url(address).flushdb()
    return address


def test_the_worst_of_each_kind_stays(where):
    here, there = Corpus(where), Corpus(where)  # two machines
    assert here.add(FINDING)
    assert not there.add(FINDING)  # it is there
    assert not there.add(replace(FINDING, error=FINDING.error / 2, digest="0" * 16))
    worse = replace(FINDING, error=FINDING.error * 2, digest="1" * 16)
    assert there.add(worse)
    other = replace(FINDING, known="solve-graded")
    assert there.add(other)
    assert here.worst(ROUTINE) == {name_of(f): f for f in sorted((worse, other), key=name_of)}
    assert here.worst("nn.softmax") == {}


def test_what_is_no_case_is_left_out(where):
    corpus = Corpus(where)
    key = f"worst case {ROUTINE}".encode()
    for value in (b"", b"\xff", b"[]", b"{" * 3000, b"\x80\x04N" + b".", b" " * 2**21):
        corpus._database.save(key, value)  # noqa: SLF001 - as a stranger may
    stranger = replace(FINDING, cell=FINDING.cell._replace(routine="linalg.inv"))
    Corpus(where).add(stranger)
    assert corpus.worst(ROUTINE) == {}
    assert corpus.add(FINDING)
    assert [*corpus.worst(ROUTINE).values()] == [FINDING]


def test_runs_fill_it_and_files_come_out(where, tmp_path, capsys):
    save_finding(tmp_path / "run", FINDING)
    assert main([where, "add", str(tmp_path / "run")]) == 0
    assert "1 of 1 are worse" in capsys.readouterr().out
    assert main([where, "write", str(tmp_path / "out")]) == 0
    (path,) = (tmp_path / "out").glob("*.json")
    assert load_finding(path) == FINDING
    with pytest.raises(SystemExit, match="2"):
        main([where, "write"])


def test_a_search_goes_on_where_another_one_was(where):
    worker = Worker()
    real = TensorFlow(worker, ("eager",))
    routine, corpus = routines()["nn.softmax"], Corpus(where)
    try:
        found, *_ = searched(routine, real, 2.0, corpus)
        kept = corpus.worst(routine.name)
        assert found and {f.cell for f in kept.values()} == {f.cell for f in found}
        nothing, *_ = searched(routine, real, 0.0)
        again, *_ = searched(routine, real, 0.0, Corpus(where))
    finally:
        worker.stop()
    assert not nothing and again  # with no time of its own it has what was there
    assert {f.cell for f in again} <= {f.cell for f in found}
    after = Corpus(where).worst(routine.name)  # alone a member may err less, and is no worse then
    assert all(share(after[name]) >= share(finding) for name, finding in kept.items())


def test_of_what_holds_the_worst_is_set_first_whoever_found_it(where, tmp_path, capsys):
    held = replace(FINDING, error=FINDING.bound * 0.5)
    worse = replace(held, error=FINDING.bound * 0.75, digest="1" * 16)
    for name, order in (("one", (held, worse)), ("other", (worse, held))):
        folder = tmp_path / name
        folder.mkdir()
        for finding in order:  # two machines
            keep(finding, folder)
        (path,) = folder.glob(f"{WORST}*.json")
        assert load_finding(path) == worse
        assert not keep(worse, folder) and not keep(FINDING, folder)  # there; broken
    Corpus(where).add(worse)
    assert main([where, "keep", str(tmp_path / "one")]) == 0
    assert "0.75 " in capsys.readouterr().out


@pytest.mark.parametrize("address", ["redis://127.0.0.1:1/0", "redis://nowhere.invalid/0"])
def test_no_server_is_one_line(address, capsys):
    pytest.importorskip("redis", reason="needs the client of Redis: pip install redis")
    assert main([address, "list"]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"corpus: corpus {address}") and told.count("\n") == 1


def test_without_the_client_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "hypothesis.extra.redis", None)
    with pytest.raises(RunError, match="pip install redis"):
        Corpus("redis://127.0.0.1/0")
