"""Crashes, hangs and exceptions are answers, and cost the members that caused them only."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from properties.dtypes import FLOAT32
from properties.modes import Outcomes, TensorFlow
from properties.protocol import Reply, Request
from properties.registry import routines
from properties.routine import Problem, Routine
from properties.workers import Worker
from references.truth import Enclosure, Truth
from reports.record import ANSWER, CRASHED, NOT_OFFERED, RAISED, TIMED_OUT
from tests.hostile import GUILTY

ROOT = Path(__file__).parent.parent
TIME_LIMIT = 2.0  # seconds
MEMORY_LIMIT = 2**30  # bytes
HARM = {
    "abort": (CRASHED, "SIGABRT"),
    "segfault": (CRASHED, "SIGSEGV"),
    "leave": (CRASHED, "exit status 7"),
    "hang": (TIMED_OUT, "no reply within 2 s"),
    "spin": (TIMED_OUT, "no reply within 2 s"),
    "loop": (TIMED_OUT, "no reply within 2 s"),
    "locked_loop": (TIMED_OUT, "no reply within 2 s"),
    "killed": (CRASHED, "SIGKILL"),
    "hog": (RAISED, "MemoryError: Unable to allocate"),
    "fail": (RAISED, "ValueError: thirteen is refused"),
}


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """A child that may take two seconds over a call, and one GiB."""
    worker = Worker(TIME_LIMIT, MEMORY_LIMIT)
    warm = Worker()  # the first child waits for TensorFlow to be imported
    assert ask(warm, "identity", np.zeros(1, np.float32)).outcome == ANSWER
    warm.stop()
    yield worker
    worker.stop()


def ask(worker: Worker, call: str, x: np.ndarray, mode: str = "eager", **more: object) -> Reply:
    """One call on one array."""
    return worker.ask(Request(call, None, mode, "CPU:0", str(x.dtype), dict(more), (x,)))


def sit(worker: Worker, call: str, members: list[float]) -> Outcomes:
    """A stack of one number each, set to a hostile call."""
    return sit_all(TensorFlow(worker), call, [members])[0]


def sit_all(backend: TensorFlow, call: str, stacks: list[list[float]]) -> list[Outcomes]:
    """Several such stacks, of which the child is asked ahead."""
    hostile = Routine(
        name="hostile", call=f"tests.hostile:{call}", problems=None, reference=None, claims=()
    )
    problems = [Problem((np.array(members),), {}, {}, ()) for members in stacks]
    backend.ask_ahead(hostile, [(problem, [FLOAT32]) for problem in problems])
    return [
        backend.answer(hostile, problem, FLOAT32, "eager", truth_of(problem.inputs[0]))
        for problem in problems
    ]


def truth_of(stack: np.ndarray) -> Truth:
    """The numbers themselves."""
    zero = np.zeros(len(stack))
    return Truth(
        (Enclosure(stack, zero, zero, np.zeros(len(stack), np.int64)),),
        {},
        np.ones(len(stack), dtype=bool),
        ("hand",) * len(stack),
    )


@pytest.mark.parametrize("call", HARM)
def test_harm_is_an_outcome_and_the_next_call_works(worker, call):
    word, message = HARM[call]
    reply = ask(worker, f"tests.hostile:{call}", np.full(2, GUILTY, np.float32))
    assert reply.outcome == word
    assert message in reply.message
    assert reply.arrays == ()
    again = ask(worker, f"tests.hostile:{call}", np.ones(2, np.float32))
    assert again.outcome == ANSWER
    assert again.arrays[0].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("call", sorted(HARM.keys() - {"hang", "loop", "locked_loop"}))
def test_a_guilty_member_is_found_and_the_others_are_answered(worker, call):
    word, message = HARM[call]
    outcomes = sit(worker, call, [1.0, 2.0, GUILTY, 4.0])
    assert outcomes.words.tolist() == [ANSWER, ANSWER, word, ANSWER]
    np.testing.assert_array_equal(outcomes.arrays[0], [1.0, 2.0, np.nan, 4.0])
    assert list(outcomes.messages) == [2]
    assert message in outcomes.messages[2]


def test_several_guilty_members_are_all_found(worker):
    members = [GUILTY, 1.0, 2.0, GUILTY, 3.0, 4.0, 5.0, GUILTY]
    outcomes = sit(worker, "abort", members)
    assert (outcomes.words == CRASHED).tolist() == [x == GUILTY for x in members]
    assert outcomes.finite.tolist() == [x != GUILTY for x in members]


@pytest.mark.parametrize("call", ["abort", "hang", "hog", "fail"])
def test_of_stacks_asked_at_once_only_the_guilty_member_is_lost(worker, call):
    backend = TensorFlow(worker)
    first, second, third = sit_all(backend, call, [[1.0, 2.0], [GUILTY], [3.0]])
    assert first.words.tolist() == [ANSWER] * 2 and third.words.tolist() == [ANSWER]
    assert second.words.tolist() == [HARM[call][0]]
    assert first.arrays[0].tolist() == [1.0, 2.0] and third.arrays[0].tolist() == [3.0]
    deadly = HARM[call][0] != RAISED  # asked at once, by itself and once more
    assert [text.split(";")[0] for text in backend.mishaps] == [
        "3 eager stacks at once cost the process",
        f"eager float32, 1 members: {second.messages[0]}",
    ][: 2 * deadly]


def test_several_stacks_are_one_message(worker, monkeypatch):
    backend, asked = TensorFlow(worker), []
    monkeypatch.setattr(worker, "ask", asked.append)
    together = sit_all(backend, "abort", [[1.0, 2.0], [3.0], [4.0, 5.0, 6.0]])
    assert [outcomes.arrays[0].tolist() for outcomes in together] == [[1, 2], [3], [4, 5, 6]]
    assert not asked


def test_what_tensorflow_refuses_is_not_offered(worker):
    reply = ask(worker, "linalg.inv", np.eye(2, dtype=np.int32)[None])
    assert reply.outcome == NOT_OFFERED


def test_what_tensorflow_raises_is_told(worker):
    reply = ask(worker, "linalg.inv", np.zeros((1, 2, 2), np.float32))
    assert (reply.outcome, reply.arrays) == (RAISED, ())
    assert "not invertible" in reply.message
    assert ask(worker, "no.such.name", np.zeros(1, np.float32)).outcome == RAISED


@pytest.mark.parametrize("mode", ["graph", "xla"])
def test_what_cannot_be_traced_is_not_traced_again(worker, mode):
    shapes = [(2,), (2,), (1, 2), (2,)]
    told = [ask(worker, "tests.hostile:untraceable", np.zeros(s, np.float32), mode) for s in shapes]
    assert {reply.outcome for reply in told} == {RAISED}
    first, second, other, last = (reply.message for reply in told)
    assert first == second == last != other


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
def test_every_mode_answers_and_leaves_the_dtype_alone(mode):
    worker = Worker()  # compiling may take longer than two seconds
    for dtype in (np.float32, np.float64):
        reply = ask(worker, "nn.softmax", np.zeros((2, 4), dtype), mode, axis=-1)
        assert reply.outcome == ANSWER
        assert reply.arrays[0].dtype == dtype
        assert (reply.arrays[0] == 0.25).all()
    worker.stop()


def test_it_ends_with_its_parent_also_while_no_thread_of_its_can_act():
    program = """if __name__ == "__main__":
        import numpy as np
        from tests.test_workers import GUILTY, Worker, ask
        worker = Worker()
        ask(worker, "identity", np.zeros(1, np.float32))
        print(worker._process.pid, flush=True)
        ask(worker, "tests.hostile:locked_loop", np.full(1, GUILTY, np.float32))
    """
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        time.sleep(1)  # it loops by now, or will do so before it notices
        assert state(child) in "RS"
        parent.kill()
    end = time.monotonic() + 30
    while state(child) not in "ZX":
        assert time.monotonic() < end, "the child outlived its parent"
        time.sleep(0.05)


def state(process: int) -> str:
    """The letter of a process in proc(5): R runs, S sleeps, Z has ended; X: there is none."""
    try:
        return Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def test_a_child_killed_by_others_costs_no_member(worker):
    """The stack is asked again as it is, so its answers have the bits that they would have had."""
    ask(worker, "identity", np.zeros(1, np.float32))
    threading.Timer(0.5, worker.kill).start()
    outcomes = sit(worker, "slow", [1.0, GUILTY, 3.0])
    assert outcomes.words.tolist() == [ANSWER] * 3
    assert not outcomes.messages


def test_a_worker_that_never_asked_may_stop():
    Worker().stop()


def test_tensorflow_is_never_imported_beside_the_runner():
    program = """if __name__ == "__main__":
        import sys
        import numpy as np
        from properties.modes import TensorFlow
        from properties.protocol import Request
        from properties.registry import routines
        from properties.workers import Worker
        routines()
        worker = Worker()
        x = np.zeros((1, 2), np.float32)
        request = Request("nn.softmax", None, "eager", "CPU:0", "float32", {"axis": -1}, (x,))
        print(worker.ask(request).arrays[0].tolist())
        worker.stop()
        print("tensorflow" in sys.modules)
    """
    told = subprocess.run(
        [sys.executable, "-c", program.replace("\n    ", "\n")],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert told.stdout.splitlines() == ["[[0.5, 0.5]]", "False"], told.stderr


def test_what_an_exception_says_names_no_folder():
    """Findings are compared and passed on: where a machine keeps its files is not part of them."""
    case = json.loads((ROOT / "reports/cases/local-response-honesty-xla.json").read_text("utf-8"))
    assert 'source_file="ops.py"' in case["outcome"].replace("\\", "")
    shapes = np.ones((1, 3)), np.ones((1, 2))
    call = routines()["linalg.eigh_tridiagonal.gradient"].call
    worker = Worker()
    try:
        reply = worker.ask(Request(call, None, "xla", "CPU:0", "float64", {}, shapes))
    finally:
        worker.stop()
    assert "fixed tensor list size" in reply.message
    assert "/" not in reply.message
    assert "Stack trace" not in reply.message
