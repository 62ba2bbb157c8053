"""What was proved before is read again to the last bit; all else is proved anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from properties import auditor as auditors
from properties import kept as module
from properties.auditor import Auditor, ReferenceDisagreement
from properties.kept import Kept, arrays_of, named
from properties.recipes import Recipe, problem
from properties.registry import routines
from references.truth import Truth
from tests.test_auditor import moved

SOLVE = routines()["linalg.solve"]
GIVEN = problem(Recipe("systems", 6, (3, 1), "geometric", 8, 3, "float64", 1, (("adjoint", True),)))


def proving(name: str = "linalg.solve", **arguments: object) -> tuple[list[int], object]:
    """A routine that counts what it proves."""
    times: list[int] = []
    routine = routines()[name]

    def reference(*inputs: np.ndarray, level: int = 0, **given: object) -> Truth:
        times.append(level)
        return routine.reference(*inputs, level=level, **given)

    return times, replace(routine, reference=reference)


def same(left: Truth, right: Truth) -> bool:
    pairs = zip(arrays_of(left), arrays_of(right), strict=True)
    equal = all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs)
    return equal and left.engine == right.engine and [*left.quantities] == [*right.quantities]


def test_a_truth_is_proved_once_and_read_to_the_last_bit(tmp_path: Path) -> None:
    times, routine = proving()
    first = Kept(tmp_path).reading(routine).reference(*GIVEN.inputs, **GIVEN.arguments)
    again = Kept(tmp_path).reading(routine).reference(*GIVEN.inputs, **GIVEN.arguments)
    assert times == [0]
    assert same(first, again)
    assert all(array.flags.writeable and array.flags.aligned for array in arrays_of(again))


def test_other_inputs_levels_arguments_and_routines_are_proved(tmp_path: Path) -> None:
    times, routine = proving()
    kept = Kept(tmp_path)
    reading = kept.reading(routine).reference
    a, b = GIVEN.inputs
    reading(a, b, adjoint=True)
    reading(np.nextafter(a, np.inf), b, adjoint=True)
    reading(a, b, adjoint=False)
    reading(a[:3], b[:3], adjoint=True)
    reading(a, b, adjoint=True, level=1)
    kept.reading(replace(routine, name="linalg.other")).reference(a, b, adjoint=True)
    assert times == [0, 0, 0, 0, 1, 0]


@pytest.mark.parametrize("name", ["math.exp", "linalg.svd", "math.add.complex", "linalg.eig"])
def test_truths_of_every_kind(name: str, tmp_path: Path) -> None:
    """Real and complex, of numbers and of matrices, of several parts and none."""
    from properties.stored import drawn

    times, routine = proving(name)
    given = drawn(routine)[0]
    reading = Kept(tmp_path).reading(routine).reference
    assert same(
        reading(*given.inputs, **given.arguments), reading(*given.inputs, **given.arguments)
    )
    assert times == [0]


@pytest.mark.parametrize("spoil", [lambda d: d[:-1], lambda d: d[:40], lambda d: b"", bytes.upper])
def test_a_spoilt_file_is_proved_anew(spoil: object, tmp_path: Path) -> None:
    times, routine = proving()
    reading = Kept(tmp_path).reading(routine).reference
    first = reading(*GIVEN.inputs, **GIVEN.arguments)
    (path,) = tmp_path.iterdir()
    path.write_bytes(spoil(path.read_bytes()))  # type: ignore[operator]
    assert same(reading(*GIVEN.inputs, **GIVEN.arguments), first)
    assert times == [0, 0]


def test_without_a_folder_all_is_proved(tmp_path: Path) -> None:
    (tmp_path / "truths").write_text("a file")
    times, routine = proving()
    reading = Kept.below(tmp_path / "truths").reading(routine).reference
    for _ in range(2):
        reading(*GIVEN.inputs, **GIVEN.arguments)
    assert times == [0, 0]


def test_an_edit_of_the_suite_removes_what_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, routine = proving()
    Kept.below(tmp_path).reading(routine).reference(*GIVEN.inputs, **GIVEN.arguments)
    assert len(list(tmp_path.rglob("*"))) == 2
    monkeypatch.setattr(module, "sources", lambda: "others")
    assert Kept.below(tmp_path).folder == tmp_path / "others"
    assert [path.name for path in tmp_path.rglob("*")] == ["others"]


def test_sources_are_those_of_the_engines_and_the_routines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("references", "properties"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.py").write_text("x = 1\n")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    found = set()
    for text in ("x = 1\n", "x = 2\n"):
        for folder in ("references", "properties"):
            (tmp_path / folder / "one.py").write_text(text)
            found.add(module.sources.__wrapped__())
    assert len(found) == 4 - 1  # the first text of both is the state that both begin in


def test_mpmath_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starts: list[object] = []
    start = auditors._started  # noqa: SLF001 - to count how often it starts
    monkeypatch.setattr(auditors, "_started", lambda: starts.append(0) or start())
    truth = SOLVE.reference(*GIVEN.inputs, **GIVEN.arguments)
    for _ in range(2):
        auditor = Auditor(kept=Kept(tmp_path))
        auditor.ask(SOLVE, GIVEN, truth, [0, 2], "float64")
        auditor.settle()
        assert auditor.audited == {"linalg.solve": 2}
        auditor.close()
    assert len(starts) == 1


def test_a_disagreement_is_told_again(tmp_path: Path) -> None:
    truth = moved(SOLVE.reference(*GIVEN.inputs, **GIVEN.arguments), 1e-10)
    for _ in range(2):
        auditor = Auditor(kept=Kept(tmp_path))
        with pytest.raises(ReferenceDisagreement, match="differ"):  # noqa: PT012 - now or then
            auditor.ask(SOLVE, GIVEN, truth, [4], "float64")
            auditor.settle()
        auditor.close()


def test_names_tell_shapes_and_types_apart() -> None:
    zero = np.zeros((2, 3))
    arrays = [zero, zero.T, zero.astype(np.float32), zero.ravel(), -zero]
    assert len({named("x", [array]) for array in arrays} | {named("y", [zero])}) == 6
