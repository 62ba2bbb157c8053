"""What may import what, what a formula may name, and how long a file may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from properties.dtypes import DTYPES
from properties.judge import BECAUSE_HONESTY
from properties.modes import MODES
from properties.registry import routines
from properties.routine import Problem, Routine, evaluate, names_of

ROOT = Path(__file__).parent.parent
PACKAGES = ("references", "properties", "reports")
FILES = sorted(p for name in (*PACKAGES, "tests") for p in (ROOT / name).rglob("*.py"))
SOURCES = [path for path in FILES if path.relative_to(ROOT).parts[0] in PACKAGES]
LONGEST = 300  # lines of a file
FORBIDDEN = {
    "references": {"properties", "reports", "tensorflow", "hypothesis", "pytest"},
    "reports": {"properties", "references", "tensorflow", "hypothesis", "flint", "mpmath"},
    "properties": {"tensorflow", "tests", "conftest"},
}
CHILD = (
    "properties.child", "properties.protocol", "properties.calculus.calls", "properties.foreign",
    "properties.differentiated",
    "properties.chapter.calls", "properties.linalg.calls", "properties.linalg.operators",
    "properties.linalg.pullbacks",
    "properties.math.calls", "properties.math.pullbacks", "properties.nn.calls",
    "properties.nn.pullbacks",
    "properties.nn.window_pullbacks", "properties.nn.windows",
    "properties.observed", "properties.symbols",
)  # fmt: skip
CHILD_NEEDS = {"tensorflow", "numpy"}  # beside this repository and the standard library
RIVALS = {
    "properties.rival_jax": "jax", "properties.rival_jax_functions": "jax",
    "properties.rival_torch": "torch", "properties.rival_torch_functions": "torch",
}  # fmt: skip


def name_of(path: Path) -> str:
    """The module of a file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(path: Path) -> ast.Module:
    """A file, parsed."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path: Path, *, lazy: bool = True) -> set[str]:
    """Every module that a file imports; without the `lazy` ones inside functions."""
    found: set[str] = set()
    for node in _statements(tree_of(path), lazy=lazy):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports here are absolute"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            inner = {name for name in names if file_of(name)}
            found |= inner or {str(node.module)}
    return found


def _statements(node: ast.AST, *, lazy: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if lazy or not isinstance(child, ast.FunctionDef):
            yield child
            yield from _statements(child, lazy=lazy)


def file_of(module: str) -> Path | None:
    """The file of a module of this repository."""
    base = ROOT.joinpath(*module.split("."))
    return next((p for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file()), None)


def reached(module: str) -> set[str]:
    """All that is imported as soon as a module is, packages on the way included."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            parent = name.rpartition(".")[0]
            path = file_of(name)
            waiting += ([parent] if parent else []) + sorted(
                imports(path, lazy=False) if path else []
            )
    return seen


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_go_one_way(path):
    package = name_of(path).split(".")[0]
    taken = {name.split(".")[0] for name in imports(path)}
    allowed = {"tensorflow"} if name_of(path) in CHILD else set()
    assert not taken & FORBIDDEN[package] - allowed


@pytest.mark.parametrize("module", CHILD)
def test_the_child_needs_tensorflow_and_numpy_only(module):
    outside = {name.split(".")[0] for name in reached(module)} - set(sys.stdlib_module_names)
    assert outside - set(PACKAGES) <= CHILD_NEEDS


@pytest.mark.parametrize("module", RIVALS)
def test_a_rival_needs_its_library_and_numpy_only(module):
    outside = {name.split(".")[0] for name in reached(module)} - set(sys.stdlib_module_names)
    assert outside - set(PACKAGES) <= {RIVALS[module], "numpy"}


def test_what_is_reached_is_what_python_imports():
    assert "references.truth" in reached("properties.examine")
    assert "hypothesis" in reached("properties.verify")
    assert "hypothesis" not in reached("properties.protocol")


@pytest.mark.parametrize(
    ("package", "absent"),
    [
        ("reports", ["tensorflow", "hypothesis", "flint", "mpmath", "scipy", "properties"]),
        ("references", ["tensorflow", "hypothesis", "properties", "reports"]),
        ("properties.registry", ["tensorflow"]),
    ],
)
def test_importing_a_package_does_not_import(package, absent):
    modules = [name_of(p) for p in SOURCES if name_of(p).startswith(package.split(".")[0])]
    named = [m for m in modules if m not in (*CHILD, *RIVALS) and not m.endswith("__main__")]
    program = f"import sys, {', '.join(named)}; print(*set(sys.modules) & set({absent}))"
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == []


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_are_short_and_say_what_they_are(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST
    assert ast.get_docstring(tree_of(path))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_what_is_public_has_a_docstring(path):
    kinds = (ast.FunctionDef, ast.ClassDef)
    public = [n for n in tree_of(path).body if isinstance(n, kinds) and n.name[0] != "_"]
    undocumented = [node.name for node in public if not ast.get_docstring(node)]
    formulas = name_of(path) == "references.unary_formulas"  # named after what they compute
    assert formulas or not undocumented


# Claims.


def first_problem(routine: Routine) -> Problem:
    """One small problem."""
    drawn: list[Problem] = []

    @seed(1)
    @settings(
        database=None,
        deadline=None,
        max_examples=1,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(problem=routine.problems(2))
    def run(problem: Problem) -> None:
        drawn.append(problem)

    run()
    return drawn[0]


@pytest.mark.parametrize("name", routines())
def test_formulas_name_what_is_known(name):
    routine = routines()[name]
    problem = first_problem(routine)
    dtype = DTYPES["float32"]
    extra = {"eps": dtype.eps} if routine.by_dtype else {}
    truth = routine.reference(*problem.inputs, level=0, **extra, **problem.arguments)
    used: set[str] = set()
    for mode in (*MODES, "library"):
        names = names_of(routine, problem, truth, dtype, mode)
        assert not names.keys() & routine.terms.keys()
        formulas = [routine.excused, *(c.bound for c in routine.claims)]
        for formula in [*formulas, *(c.unless for c in routine.claims if c.unless)]:
            value = evaluate(formula, names)
            assert (value.lower <= value.upper).all()
        used |= names.keys()
    assert routine.terms.keys() <= used


def test_a_name_that_nobody_knows_is_an_error():
    with pytest.raises(NameError, match="kapa"):
        evaluate("2*kapa", {"kappa": 1.0})


@pytest.mark.parametrize("name", routines())
def test_every_claim_has_a_reason(name):
    routine = routines()[name]
    assert len({claim.name for claim in routine.claims}) == len(routine.claims)
    assert routine.claims
    assert routine.faults
    for because in [*(claim.because for claim in routine.claims), BECAUSE_HONESTY]:
        assert len(because.split()) >= 8


def test_pytest_runs_every_routine_from_the_folder_of_its_name():
    loaded = [sys.modules[m] for m in map(name_of, SOURCES) if m in sys.modules]
    homes = {
        value.routine.name: module.__name__
        for module in loaded
        for name, value in vars(module).items()
        if name.startswith("test_")
    }
    assert set(homes) == set(routines())
    for name, home in homes.items():
        assert home.startswith(f"properties.{name.split('.')[0]}.")
