"""One core, one session, TensorFlow in this process for the plain test; the ratios of a run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pytest

from benchmarks.line import Line, one_core, opened
from benchmarks.table import tables, text
from properties import memory


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Both sides of a case one after the other: within minutes a processor may change its pace."""
    first: dict[tuple[Any, str], int] = {}
    places = {
        item: first.setdefault((item.path, item.callspec.id), i)
        for i, item in enumerate(items)
        if hasattr(item, "callspec")
    }
    items.sort(key=lambda item: places.get(item, len(items)))


@pytest.fixture(scope="session", autouse=True)
def core() -> Iterator[None]:
    """Parent and children share one core."""
    memory.keep()
    with one_core():
        yield


@pytest.fixture(scope="session")
def line(core: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """What judges and records, with TensorFlow in its child."""
    found = opened(tmp_path_factory.mktemp("run"))
    yield found
    found.session.close()


@pytest.fixture(scope="session")
def tensorflow(core: None) -> Any:
    """TensorFlow in this process, on one thread as in its child."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return tf


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """What else the figures depend on."""
    packages = ("tensorflow", "tensorflow-cpu", "numpy", "numba", "hypothesis", "mpmath", "gmpy2")
    installed = {name: found for name in packages if (found := _version(name))}
    machine_info["versions"] = installed


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def pytest_terminal_summary(terminalreporter: Any, config: Any) -> None:
    """What `python benchmarks/report.py` writes into docs/speed.md, as text."""
    benchmarks = getattr(getattr(config, "_benchmarksession", None), "benchmarks", ())
    found = [
        {"name": bench.name, "group": bench.group, "extra_info": bench.extra_info}
        for bench in benchmarks
        if "microseconds a member" not in bench.extra_info  # `reports compare` reads these
    ]
    if found:
        terminalreporter.section("the line beside the plain test")
        terminalreporter.write_line(text(tables(found)))
