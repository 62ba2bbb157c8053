"""Another interpreter as a worker: the same bits, and harm, nonsense or absence told in a line."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from properties import wire
from properties.dtypes import DTYPES
from properties.interpreters import Interpreter
from properties.protocol import Reply, Request
from properties.rivals import opened, rivals_of
from properties.workers import Worker
from reports.plain import RunError
from reports.record import ANSWER, CRASHED, NOT_OFFERED, RAISED, TIMED_OUT
from tests.command_line import ROOT, gate
from tests.hostile import GUILTY
from tests.stand_ins import TREE, script, without

USAGE = 2
GREETING = wire.packed({"versions": {"tensorflow": "2.0", "numpy": "2.0", "python": "3"}})


@pytest.fixture(scope="module")
def other() -> Iterator[Interpreter]:
    """This interpreter, as another one."""
    worker = Interpreter(sys.executable, time_limit=30)
    yield worker
    worker.stop()


@pytest.fixture(scope="module")
def ours() -> Iterator[Worker]:
    """The worker that is always there."""
    worker = Worker()
    yield worker
    worker.stop()


def request(call: str, x: np.ndarray, mode: str = "eager", **arguments: object) -> Request:
    """One call on one array."""
    return Request(call, None, mode, "CPU:0", x.dtype.name, arguments, (x,))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
def test_the_same_tensorflow_gives_the_same_bits(other, ours, dtype, mode):
    x = np.linspace(-3, 3, 12).reshape(4, 3).astype(DTYPES[dtype].numpy)
    asked = request("math.exp", x, mode)
    here, there = ours.ask(asked), other.ask(asked)
    assert here.outcome == there.outcome == ANSWER, there.message
    assert here.arrays[0].dtype == there.arrays[0].dtype
    assert here.arrays[0].tobytes() == there.arrays[0].tobytes()


def test_nested_arguments_and_several_answers_cross_too(other, ours):
    points = np.array([[0.25, -1.5], [2.0, 3.0]])
    stack = np.array([[[2.0, 1.0], [1.0, 2.0]]])
    for asked in (
        request("properties.calculus.calls:jacobian", points, tree=TREE, path="jacobian"),
        request("linalg.eigh", stack),
        request("linalg.pinv", stack, rcond=None),
    ):
        here, there = ours.ask(asked), other.ask(asked)
        assert [a.tobytes() for a in here.arrays] == [a.tobytes() for a in there.arrays] != []


def test_exceptions_and_refusals_keep_their_words(other, ours):
    for x in (np.zeros((1, 2, 2), np.float32), np.eye(2, dtype=np.int32)[None]):
        asked = request("linalg.inv", x)
        assert other.ask(asked) == ours.ask(asked)
        assert other.ask(asked).outcome in (RAISED, NOT_OFFERED)


def test_its_versions_are_told(other):
    assert set(other.versions) == {"tensorflow", "numpy", "python"}
    assert other.versions["numpy"] == np.__version__


@pytest.mark.parametrize(
    ("call", "word", "message"),
    [
        ("abort", CRASHED, "the process died of SIGABRT"),
        ("leave", CRASHED, "the process died of exit status 7"),
    ],
)
def test_a_crash_is_an_outcome_and_the_next_call_works(other, call, word, message):
    x = np.full(2, GUILTY, np.float32)
    assert other.ask(request(f"tests.hostile:{call}", x)) == Reply(word, (), message)
    assert other.ask(request(f"tests.hostile:{call}", np.ones(2, np.float32))).outcome == ANSWER


def test_it_ends_with_its_parent_whatever_it_does():
    program = """if True:
        import numpy as np
        from properties.interpreters import Interpreter
        from tests.test_interpreters import GUILTY, request
        worker = Interpreter(__import__("sys").executable)
        worker.ask(request("identity", np.zeros(1)))
        print(worker._process.pid, flush=True)
        worker.ask(request("tests.hostile:hang", np.full(1, GUILTY)))
    """
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        time.sleep(1)
        parent.kill()
    until = time.monotonic() + 60
    while running(pid) and time.monotonic() < until:
        time.sleep(0.1)
    assert time.monotonic() < until


def running(pid: int) -> bool:
    """Whether a process has not ended; one that nobody has buried yet has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def saying(path: Path, *replies: bytes, then: str = "time.sleep(60)") -> Interpreter:
    """A worker that greets, and answers with these bytes whatever it is asked."""
    told = [f"os.write(1, {data!r})" for data in (GREETING, *replies)]
    return Interpreter(script(path, *told, then), time_limit=2)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (b"\xff" * 8, "a head of 18446744073709551615 bytes"),
        (b"\0" * 7 + b"\3" + b"\xff\xfe\xfd", "a head that is no text"),
        (b"\0" * 7 + b"\3" + b"???", "not readable as JSON"),
        (b"\0" * 7 + b"\2" + b"[]", "expected an object"),
        (wire.packed({"message": ""}), "'outcome' is missing"),
        (wire.packed({"outcome": "crashed", "message": ""}), "'crashed' is no outcome"),
        (wire.packed({"outcome": "held", "message": ""}), "'held' is no outcome"),
        (wire.packed({"outcome": "answer", "message": 3}), "the wrong type"),
        (wire.packed({"outcome": "answer"}, ()).replace(b"[]", b"[7]")[:-1], "nonsense"),
        (
            wire.packed({}, (np.zeros(2),)).replace(b"float64", b"object_"),
            "no array is of dtype 'object_'",
        ),
        (wire.packed({}, (np.zeros(2),)).replace(b"[2]", b"[-]"), "not readable as JSON"),
        (wire.packed({}, (np.zeros(12345),)).replace(b"12345", b"1e999"), "the wrong type"),
        (wire.packed({}, (np.zeros(2345678901 % 97),))[:60], "no reply within 2 s"),
    ],
    ids=range(13),
)
def test_nonsense_is_an_outcome(tmp_path, reply, message):
    worker = saying(tmp_path / "python", reply)
    got = worker.ask(request("nn.softmax", np.zeros((1, 2))))
    assert got.outcome in (CRASHED, TIMED_OUT)
    assert got.arrays == ()
    assert message in got.message or "nonsense" in got.message
    worker.stop()


def test_arrays_beyond_all_measure_are_not_awaited(tmp_path):
    huge = wire.packed({}, (np.zeros(99999999),))[:200].replace(b"[99999999]", b"[9999999999]")
    grown = wire.LENGTH.pack(int.from_bytes(huge[:8], "big") + 2) + huge[8:]
    got = saying(tmp_path / "python", grown).ask(request("nn.softmax", np.zeros((1, 2))))
    assert (got.outcome, "more than" in got.message) == (CRASHED, True)


def test_a_request_that_is_never_read_is_a_hang(tmp_path):
    worker = saying(tmp_path / "python")
    got = worker.ask(request("nn.softmax", np.zeros(10**6)))
    assert got == Reply(TIMED_OUT, (), "no reply within 2 s")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("sys.exit(3)",), "it ended with exit status 3"),
        (("print('hello, and a good day')",), "it said something else: message: a head of"),
        (("raise ValueError('no numpy')",), "ValueError: no numpy"),
    ],
)
def test_something_else_than_an_interpreter(tmp_path, lines, message):
    with pytest.raises(RunError, match=message):
        _ = Interpreter(script(tmp_path / "python", *lines)).versions


def test_an_interpreter_without_tensorflow(tmp_path):
    path = without(tmp_path / "python", "tensorflow")
    with pytest.raises(RunError, match=r"no tensorflow in this interpreter \(ModuleNotFoundError"):
        _ = Interpreter(path).versions
    code, output = gate(tmp_path / "run", "properties/nn/softmax.py", "--rival", path)
    assert code == USAGE, output
    told = [line for line in output.splitlines() if "no tensorflow in this interpreter" in line]
    assert len(told) == 1
    assert f"--rival: {path}: no" in told[0]


def test_two_rivals_of_one_name(other):
    asked = rivals_of([f"twin={sys.executable}", f"twin={sys.executable}"])
    with pytest.raises(RunError, match="two are called 'twin'"):
        opened(asked, "CPU:0", lambda worker: ("eager",))
