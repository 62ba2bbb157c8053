"""What the ledger excuses hides no fault: in every dtype and mode that an entry is about.

Gross faults are planted into the truth rounded once, on the problems of a gate, and the ledger is
asked about each mode as if TensorFlow had answered so there. A fault that breaks claims, and all of
whose breaks would be called known, could come to stay unnoticed. Nothing is compiled for it, so
functions of numbers are asked about in graph and XLA mode too.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from properties.examine import Examined, examine
from properties.gated import gate_problems
from properties.kept import Kept
from properties.planted import planted
from properties.plants import PLANTS
from properties.registry import routines
from properties.tallies import SOUND
from reports.ledger import Ledger
from reports.record import BROKEN
from tests.implementations import ROUNDED_TRUTH

LEDGER = Ledger.load()
ENTRIES = [entry for entry in LEDGER.entries if not entry.claim.startswith("law: ")]
GROSS = (
    "stack reversed", "the answer of the member before", "last member lost", "last member refused",
    "not a number", "nothing but zeros", "doubled", "first array negated", "one entry off",
)  # fmt: skip
FEW = 3  # broken members: one or two may all be of the kind that an entry is about
REFUSED, NONE = "last member refused", "not a number"
RAISES = "every call raises there, and no answer is ever judged"
SQUARES = (
    "squares overflow from 256 on: so many ordinary matrices are no numbers that no trait tells"
)
# By routine, dtype and mode: the faults that entries hide, and why no narrower ones are possible.
HIDDEN: dict[tuple[str, str, str], tuple[tuple[str, ...], str]] = {
    **{
        (f"linalg.{name}", dtype, "xla"): ((REFUSED,), RAISES)
        for name, dtypes in (
            ("eigh_tridiagonal.gradient", ("float16", "float32", "float64")),
            ("eigh_tridiagonal.gradient", ("complex64", "complex128")),
            ("eigvalsh.gradient", ("complex64", "complex128")),
            ("expm.gradient", ("float32", "float64", "complex64", "complex128")),
            ("spectral_norm", ("float16", "float32", "float64")),
        )
        for dtype in dtypes
    },
    **{
        (f"nn.{name}", dtype, mode): ((REFUSED,), RAISES)
        for name, dtypes, modes in (
            ("local_response_normalization", ("bfloat16", "float16"), ("xla",)),
            ("local_response_normalization.gradient", ("bfloat16", "float16"), ("xla",)),
            ("sparse.ctc_loss", ("float64",), ("graph", "xla")),
            ("sparse.ctc_loss.gradient", ("float64",), ("graph", "xla")),
        )
        for dtype in dtypes
        for mode in modes
    },
    **{
        (f"linalg.{name}", "float16", "xla"): ((NONE,), SQUARES)
        for name in ("svd", "pinv", "svd.gradient", "svd.gradient_vectors", "pinv.gradient")
    },
    ("linalg.matrix_rank", "float16", "xla"): (
        ("nothing but zeros", "doubled", "first array negated", "one entry off"),
        f"{SQUARES}; a rank is right or wrong, so its share is infinite",
    ),
    **{
        (f"linalg.{name}", dtype, "xla"): ((NONE,), "answers are memory that nobody wrote")
        for name in ("eigh", "eigvalsh")
        for dtype in ("complex64", "complex128")
    },
}


@pytest.fixture(scope="module")
def kept(request: pytest.FixtureRequest) -> Kept:
    """What is proved of a gate's problems, which the gate reads that comes after."""
    return Kept.below(request.config.cache.mkdir("truths"))


def hidden(
    one: Examined, cells: set[tuple[str, str]], ledger: Ledger
) -> dict[tuple[str, str, str], NDArray[np.int64]]:
    """By dtype, mode and fault: how many members break a claim, and how many of them are new."""
    found: dict[tuple[str, str, str], NDArray[np.bool_]] = {}
    for judged in one.records:
        cell = judged.cell
        broken = judged.verdict == BROKEN
        if cell.backend == SOUND or not broken.any():
            continue
        words = one.outcomes[cell.dtype, cell.mode, cell.backend].words
        for dtype, mode in cells:
            if dtype != cell.dtype:
                continue
            there = replace(judged, cell=cell._replace(backend=SOUND, mode=mode))
            new = broken & (ledger.explain(there, one.stack, words) == "")
            both = found.setdefault((dtype, mode, cell.backend), np.zeros((2, len(broken)), bool))
            both |= np.stack([broken, new])
    return {key: both.sum(axis=1) for key, both in found.items()}


def unnoticed(name: str, kept: Kept, ledger: Ledger) -> dict[tuple[str, str], set[str]]:
    """By dtype and mode, the faults of which all breaks are excused."""
    routine = kept.reading(routines()[name])
    cells = {
        (dtype, mode)
        for entry in ledger.entries
        if entry.routine == name
        for dtype in entry.dtypes
        for mode in entry.modes
    }
    sound = replace(ROUNDED_TRUTH, name=SOUND, modes=("eager",))
    plants = [plant for plant in PLANTS if plant.name in GROSS]
    counts: dict[tuple[str, str, str], NDArray[np.int64]] = {}
    for problem in gate_problems(routine):
        found = hidden(examine(routine, problem, planted(sound, plants)), cells, ledger)
        for key, count in found.items():
            counts[key] = counts.get(key, 0) + count
    assert counts or not cells
    missed: dict[tuple[str, str], set[str]] = {}
    for (dtype, mode, fault), (broken, new) in counts.items():
        if broken >= FEW and not new:
            missed.setdefault((dtype, mode), set()).add(fault)
    return missed


@pytest.mark.parametrize("name", sorted({entry.routine for entry in ENTRIES}))
def test_the_ledger_hides_no_gross_fault(name, kept):
    told = {
        key: faults - set(HIDDEN.get((name, *key), ((), ""))[0])
        for key, faults in unnoticed(name, kept, LEDGER).items()
    }
    told = {key: faults for key, faults in told.items() if faults}
    assert not told, f"{name}: entries excuse all that {told} would break; narrow their `where`"


@pytest.mark.parametrize("name", ["math.asin", "linalg.det", "linalg.pinv.gradient"])
def test_an_entry_that_is_too_wide_is_noticed(name, kept):
    wide = tuple(
        replace(entry, where={}, share=np.inf) for entry in ENTRIES if entry.routine == name
    )
    found = unnoticed(name, kept, Ledger(wide))
    assert any("doubled" in faults for faults in found.values())


def test_what_may_be_hidden_is_of_an_entry():
    cells = {(e.routine, dtype, mode) for e in ENTRIES for dtype in e.dtypes for mode in e.modes}
    assert set(HIDDEN) <= cells
