"""pytest as the runner: options, blocks, the session of each worker, the verdict at the end."""

from __future__ import annotations

import gc
import math
import os
import sys
import time
from argparse import BooleanOptionalAction
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT))  # the suite runs from its checkout, wherever pytest was started
os.environ.setdefault("OMP_NUM_THREADS", "1")  # SciPy's bits must not depend on load either
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

FINE, BROKEN, USAGE, INCOMPLETE = range(4)
OPTIONS, SESSION, DONE, SELECTED, DEADLINE, ENDED = (pytest.StashKey[Any]() for _ in range(6))


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("numerical verification")
    group.addoption("--audit", action="store_true", help="record every break, fail on none")
    group.addoption("--max-examples", type=int, help="problems set to each routine (10; audit 32)")
    group.addoption("--depth", type=int, help="members of a stack (8; audit 128)")
    group.addoption("--modes", help="how TensorFlow executes: eager,graph,xla")
    group.addoption("--dtypes", help="formats: bfloat16, float16, float32 ...")
    group.addoption("--python", default="", help="an interpreter with the TensorFlow to verify")
    group.addoption("--rival", action="append", default=[], help="PYTHON, NAME=PYTHON, jax, torch")
    group.addoption(
        "--scipy", action=BooleanOptionalAction, help="SciPy beside it (not in a gate, else yes)"
    )
    group.addoption("--device", default="CPU:0", help="where TensorFlow executes")
    group.addoption("--run", type=Path, help="folder to record into (.runs/gate, .runs/audit)")
    group.addoption("--rows", default="sample", help="members written one by one: sample, all")
    group.addoption("--seed", type=int, default=0, help="another number sets other problems")
    group.addoption("--member", default="", help="judge one member only, named by its digest")
    group.addoption("--replay", type=Path, help="set one stored finding again")
    group.addoption("--resume", type=Path, help="go on with an interrupted run, in its folder")
    group.addoption("--budget", help="set blocks of all routines in turns for 45m, 2h ...")
    group.addoption("--shard", help="set a part of the blocks only: 1/8, 2/8 ...")
    group.addoption("--exhaustive", action="store_true", help="every number of 16 bits")
    group.addoption("--no-drift", action="store_true", help="leave out the stored recipes")
    group.addoption("--baselines", type=Path, help="folder of baselines (reports/baselines)")


def pytest_configure(config: pytest.Config) -> None:
    if not _verifies(config):
        return
    if not _leads(config):  # the header tells what a person typed, not how xdist starts a worker
        sys.argv[:] = config.workerinput.get("mainargv", sys.argv)  # type: ignore[attr-defined]
    from properties import ended, folder, progress, setup
    from properties.registry import routines
    from reports.plain import RunError

    routines()  # all of them before the first draw, whatever was selected (see the registry)
    gc.freeze()  # they stay
    try:
        options = setup.options_of(config.option)
        config.stash[DONE] = frozenset()
        if not _leads(config):
            config.stash[DONE] = frozenset(config.workerinput["done"])  # type: ignore[attr-defined]
        elif not config.option.collectonly:  # which touches no run
            _found(config.args)
            ours = config.option.run is None
            config.stash[DONE] = folder.prepare(options, ours=ours)
        config.stash[OPTIONS] = options
        if _leads(config) and not config.option.collectonly:
            config.pluginmanager.register(progress.Live(options.run, options.budget))
            if getattr(config.option, "maxworkerrestart", None) is None:
                # Some releases of xdist wait forever for a worker that replaces another (its issues
                # 784, 1323, 1327 and 1378), and what one has lost --resume sets again.
                config.option.maxworkerrestart = "0"
            config.stash[ENDED] = ended.Ended()
            config.pluginmanager.register(config.stash[ENDED])
            if progress.wanted(config):
                config.pluginmanager.register(progress.Bar())
    except (setup.Trouble, RunError) as trouble:
        pytest.exit(str(trouble), returncode=USAGE)


def _found(words: list[str]) -> None:
    """Trouble where a word names no file, over which workers of xdist would stumble one by one."""
    from properties.setup import Trouble

    for word in words:
        if not Path(word.partition("::")[0]).exists():
            raise Trouble(f"{word}: there is no such file")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """What only a child imports holds no tests, and TensorFlow must stay out of this process."""
    from properties.registry import NEEDS_LIBRARY

    name = collection_path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    return True if name in NEEDS_LIBRARY else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    routine = getattr(metafunc.function, "routine", None)
    options = metafunc.config.stash.get(OPTIONS, None)
    if routine is None or options is None:
        return
    from properties.verify import name_of

    blocks = options.blocks(routine)
    metafunc.parametrize("block", blocks, ids=[name_of(routine, block) for block in blocks])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What this session sets, and of which routines; the order counts where a budget ends it."""
    options = config.stash.get(OPTIONS, None)
    names = [getattr(getattr(item, "callspec", None), "id", "") for item in items]
    # A routine without blocks (all but one in a replay) has nothing to skip.
    items[:] = [item for item, name in zip(items, names, strict=True) if "NOTSET" not in name]
    if options is None:
        return
    from properties import plan

    if math.isfinite(options.budget):
        items[:] = plan.rotated(items, [_routine(item).name for item in items])
    if options.shard:
        items[:] = options.shard.of(items)
    config.stash[SELECTED] = {_routine(item).name: _routine(item) for item in items}
    names = [item.callspec.id for item in items]  # type: ignore[attr-defined]
    items[:] = plan.left(items, names, config.stash[DONE])


def _routine(item: pytest.Item) -> Any:
    return item.function.routine  # type: ignore[attr-defined]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Open the spool once it is known which routines are judged: the same in every worker."""
    config = session.config
    options = config.stash.get(OPTIONS, None)
    numprocesses = getattr(config.option, "numprocesses", None)
    if options is None or config.option.collectonly or (_leads(config) and numprocesses):
        return
    from properties import folder, setup
    from properties.kept import Kept
    from reports.plain import RunError

    selected = [routine for _, routine in sorted(config.stash[SELECTED].items())]
    try:
        if session.items:
            folder.share(options.run)
            name = folder.worker_name(options.run, os.environ.get("PYTEST_XDIST_WORKER", "main"))
            config.stash[SESSION] = opened = setup.start(options, selected, name)
            if not options.audit and not options.exhaustive and hasattr(config, "cache"):
                opened.keep(Kept.below(config.cache.mkdir("truths")))
            config.stash[DEADLINE] = time.monotonic() + options.budget
    except (setup.Trouble, RunError) as trouble:
        config.stash[OPTIONS] = None  # there is no run to conclude
        if not _leads(config):  # whose exit alone would tell nobody why
            config.workeroutput["trouble"] = str(trouble)  # type: ignore[attr-defined]
        pytest.exit(str(trouble), returncode=USAGE)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """What stopped one worker before its first block stops them all."""
    trouble = getattr(node, "workeroutput", {}).get("trouble")
    if trouble:
        node.config.stash[OPTIONS] = None
        pytest.exit(trouble, returncode=USAGE)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """All workers leave out the same blocks, whatever others have finished by then."""
    node.workerinput["done"] = sorted(node.config.stash.get(DONE, ()))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A routine to a worker, for shapes are compiled once a process; in turns under a budget."""
    options = config.stash.get(OPTIONS, None)
    if options is None:
        return None
    from xdist import scheduler

    if math.isfinite(options.budget):
        config.option.maxschedchunk = 1
        return scheduler.LoadScheduling(config, log)
    config.option.loadscopereorder = False  # the dear ones come first, in the order of folders
    found = scheduler.LoadScopeScheduling(config, log)
    found._split_scope = lambda nodeid: nodeid.split("[")[0]  # noqa: SLF001 - as its subclasses do
    return found


def pytest_runtest_setup(item: pytest.Item) -> None:
    if time.monotonic() > item.config.stash.get(DEADLINE, math.inf):
        pytest.skip("the budget is spent")


def pytest_runtest_teardown(item: pytest.Item) -> None:
    opened = item.config.stash.get(SESSION, None)
    if opened is not None:  # for the progress that the first process tells
        item.user_properties.append(("judged", [opened.worker, opened.judged, opened.new]))


@pytest.fixture(scope="session")
def session(request: pytest.FixtureRequest) -> Iterator[Any]:
    """What judges and records in this worker (properties.session)."""
    opened = request.config.stash[SESSION]
    yield opened
    try:
        if request.session.exitstatus != pytest.ExitCode.INTERRUPTED:
            opened.settle()
    finally:
        opened.close()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Our exit codes: 0 fine, 1 broken, 2 usage, 3 incomplete."""
    config = session.config
    codes = {
        pytest.ExitCode.INTERRUPTED: INCOMPLETE,
        pytest.ExitCode.INTERNAL_ERROR: INCOMPLETE,
        pytest.ExitCode.USAGE_ERROR: USAGE,
        pytest.ExitCode.NO_TESTS_COLLECTED: USAGE,
    }
    options = config.stash.get(OPTIONS, None)
    if options is None or not _leads(config) or config.option.collectonly:
        return
    if options.resume and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        exitstatus = FINE  # all blocks were done, and are added up now
    session.exitstatus = codes.get(pytest.ExitCode(int(exitstatus)), int(exitstatus))
    if session.exitstatus not in (FINE, BROKEN) or not (options.run / "run.json").exists():
        return
    from reports.conclude import conclude
    from reports.plain import RunError
    from reports.verdict import run_verdict

    try:
        config.stash[ENDED].expect_all(options.run)
        summary = conclude(options.run)
        verdict = run_verdict(options.run, baselines=options.baselines, summary=summary)
    except RunError as trouble:  # a full disk, say: the spools are still there
        config.stash[SESSION], session.exitstatus = trouble, INCOMPLETE
        return
    config.stash[SESSION] = verdict
    code = FINE if options.audit and verdict.exit_code == BROKEN and not _ours(verdict) else None
    session.exitstatus = max(session.exitstatus, verdict.exit_code if code is None else code)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The table of the run, and where the rest stands."""
    verdict = config.stash.get(SESSION, None)
    options = config.stash.get(OPTIONS, None)
    if isinstance(verdict, Exception):
        terminalreporter.section(f"incomplete: {verdict}")
    if options is None or verdict is None or not hasattr(verdict, "summary"):
        return
    from properties import replayed
    from reports.text import brief

    if options.replay:
        terminalreporter.section(f"replay of {options.replay}")
        terminalreporter.write(replayed.read(options.run))
    terminalreporter.section(f"run {options.run}")
    terminalreporter.write(brief(verdict, os.path.relpath(options.run)))


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure() -> None:
    """Leave all there is to the end of the process: looking through it takes seconds, by then."""
    gc.freeze()


def _ours(verdict: Any) -> bool:
    """Whether a run fails for reasons of the suite: an audit forgives TensorFlow, not us."""
    missing = verdict.unexercised and not verdict.header.part
    return bool(verdict.undecided or missing)


def _leads(config: pytest.Config) -> bool:
    """Whether this process is not a worker of xdist."""
    return not hasattr(config, "workerinput")


def _verifies(config: pytest.Config) -> bool:
    """Whether properties are among what pytest was asked for."""
    paths = [Path(arg.split("::")[0]).resolve() for arg in config.args]
    home = ROOT / "properties"
    return any(path in (ROOT, home) or home in path.parents for path in paths)
