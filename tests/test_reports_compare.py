"""Comparisons: pairs by key, digits lost, the sign test, and what a person reads of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from reports import comparison_text
from reports.comparison import compare
from reports.conclude import members_of
from reports.figures import number_text
from reports.pairs import BETTER, EPS, OPEN, SAME, WORSE, holm, kept, row, sign_test
from reports.plain import RunError
from reports.record import BROKEN, HELD, VACUOUS, Cell, Records
from reports.run import mark_complete
from reports.sample import Sample
from reports.store import Spool
from tests.command_line import gate, reports
from tests.reports_example import HEADER, HOSTILE, items, write_run

A = Cell("linalg.solve", "forward", "float32", "eager", "tensorflow")
B = A._replace(mode="xla")


def sample(keys: list[int], error: list[float], verdict: int = HELD) -> Sample:
    """Members of which only keys and errors matter."""
    count = len(keys)
    return Sample(
        keys=np.array(keys, np.uint64),
        error=np.array(error, np.float64),
        bound=np.full(count, 16.0),
        condition=np.arange(count, dtype=np.float64) + 1,
        log2_scale=np.full(count, np.nan),
        size=np.full(count, 4),
        structure=np.full(count, "dense"),
        verdict=np.full(count, verdict, np.int8),
    )


# The sign test.


@pytest.mark.parametrize(
    ("better", "worse", "p"),
    [
        (0, 0, Fraction(1)),
        (0, 1, Fraction(1)),
        (0, 10, Fraction(2, 1024)),
        (3, 7, Fraction(2 * (1 + 10 + 45 + 120), 1024)),
        (5, 5, Fraction(1)),
    ],
)
def test_sign_tests_that_are_done_by_hand(better, worse, p):
    assert sign_test(better, worse) == pytest.approx(float(p), rel=1e-12)
    assert sign_test(worse, better) == sign_test(better, worse)


@pytest.mark.parametrize("n", [1, 2, 37, 200, 1500])
def test_sign_tests_against_exact_sums(n):
    for k in {0, 1, n // 3, n // 2}:
        exact = Fraction(2 * sum(math.comb(n, i) for i in range(k + 1)), 2**n)
        assert sign_test(k, n - k) == pytest.approx(float(min(exact, 1)), rel=1e-9)


def test_the_sign_test_of_ten_million_pairs():
    n, z = 10**7, 4.0
    k = round(n / 2 - z * math.sqrt(n) / 2)
    assert sign_test(k, n - k) == pytest.approx(math.erfc(z / math.sqrt(2)), rel=0.01)
    assert sign_test(0, n) == 0.0


def test_holm_by_hand():
    differs = row(A, B, sample([1], [1]), sample([1], [2]))
    rows = [replace(differs, p=p) for p in (0.04, 0.01, 1)]
    rows += [row(A, B, sample([1], [1]), sample([1], [1]))] * 5  # nothing to adjust for
    assert [found.p for found in holm(rows)] == pytest.approx([0.08, 0.03] + [1.0] * 6)


# Pairs.


def test_members_are_paired_by_their_keys():
    left = sample([1, 3, 5, 7, 9], [1.0, 2.0, 4.0, math.nan, 8.0])
    right = sample([3, 5, 7, 8, 9], [20.0, 4.0, 1.0, 1.0, math.nan])
    found = row(A, B, left, right)
    assert (found.pairs, found.better, found.worse, found.same) == (2, 0, 1, 1)
    assert (found.alone_a, found.alone_b) == (1, 1)
    assert (found.median, found.largest) == (0.0, 1.0)
    assert [pair.member for pair in found.worst] == [f"{3:016x}"]


@pytest.mark.parametrize("dtype", EPS)
def test_errors_of_two_dtypes_are_compared_as_they_are(dtype):
    ones = sample([1, 2, 3], [1.0] * 3)
    found = row(A, A._replace(dtype=dtype), ones, ones)
    expected = math.log10(EPS[dtype] / EPS["float32"])
    assert found.median == pytest.approx(expected, abs=1e-12)
    assert found.kept_a - found.kept_b == pytest.approx(expected, abs=1e-12)


def test_tiny_errors_are_no_digits():
    left, right = sample([1, 2], [0.0, 1e-300]), sample([1, 2], [0.01, 0.0])
    found = row(A, B, left, right)
    assert (found.better, found.worse, found.same) == (0, 1, 1)
    assert (found.largest, found.median) == (pytest.approx(1.0), 0.0)
    infinite = row(A, B, sample([1], [1.0]), sample([1], [math.inf]))
    assert infinite.largest == math.inf


def test_digits_kept_lie_between_none_and_all():
    digits = kept(np.array([0.0, 0.5, 1.0, 2.0**30, math.inf]), "float32")
    assert digits == pytest.approx([24 * math.log10(2)] * 2 + [23 * math.log10(2), 0, 0])


def test_verdicts_of_rows():
    keys, ones = list(range(100)), [1.0] * 100
    for change, verdict in (
        ([1.0] * 100, SAME),
        ([2.0] * 100, WORSE),
        ([0.5] * 100, BETTER),
        ([0.5, 2.0] * 50, OPEN),
    ):
        assert row(A, B, sample(keys, ones), sample(keys, change)).verdict == verdict


def test_breaks_on_one_side_are_counted():
    held, broken = sample([1, 2], [1.0, 1.0]), sample([1, 2], [2.0, 2.0], BROKEN)
    vacuous = sample([1, 2], [2.0, 2.0], VACUOUS)
    assert row(A, B, held, broken).broke == 2
    assert row(A, B, broken, held).mended == 2
    assert row(A, B, held, vacuous).broke == 0


# Runs.


def changed(folder: Path, change: Callable[[Records], Records], **header: object) -> Path:
    """The example's run with every record changed."""
    with Spool(folder, "main", {**HEADER, **header}) as spool:
        for item in items():
            spool.append(change(item) if isinstance(item, Records) else item)
    mark_complete(folder)
    return folder


def test_a_run_is_the_same_as_itself(tmp_path):
    run = write_run(tmp_path / "run", workers=2)
    (found,) = compare(run, run)
    assert found.rows
    assert {row.verdict for row in found.rows} == {SAME}
    assert found.worst(10) == []
    assert sum(row.pairs for row in found.rows) == found.pairs > 100


def test_every_pair_shows_a_planted_loss(tmp_path):
    run = write_run(tmp_path / "run")
    versions = {"versions": {**HEADER["versions"], "tensorflow": "2.22.0"}}
    worse = changed(tmp_path / "worse", lambda r: replace(r, error=r.error * 10), **versions)
    (found,) = compare(run, worse)
    assert (found.a.label, found.b.label) == ("2.21.0", "2.22.0")
    for row_ in found.rows:
        assert row_.median == pytest.approx(1.0)
        assert (row_.better, row_.verdict) == (0, WORSE)
    (back,) = compare(worse, run)
    assert {row_.verdict for row_ in back.rows} == {BETTER}


def test_one_cell_that_lost_digits_is_named(tmp_path):
    run = write_run(tmp_path / "run")
    guilty = Cell("linalg.solve", "forward", "float64", "graph", "tensorflow")

    def planted(records: Records) -> Records:
        return replace(records, error=records.error * 4) if records.cell == guilty else records

    (found,) = compare(run, changed(tmp_path / "planted", planted))
    assert [row_.b for row_ in found.rows if row_.verdict != SAME] == [guilty]
    assert found.rows[0].b == guilty


@pytest.mark.parametrize(
    ("words", "sides"),
    [
        ({"axis": "dtype"}, [("float64", "bfloat16"), ("float64", "float32")]),
        ({"axis": "mode", "b": "xla"}, [("eager", "xla")]),
        ({"axis": "mode", "a": "xla", "b": "graph"}, [("xla", "graph")]),
        ({}, [("tensorflow 2.21.0", "scipy")]),
        ({"axis": "backend", "a": "scipy"}, [("scipy", "tensorflow 2.21.0")]),
    ],
)
def test_what_is_set_against_what(tmp_path, words, sides):
    found = compare(write_run(tmp_path / "run"), **words)
    assert [(c.a.label, c.b.label) for c in found] == sides
    for comparison in found:
        for row_ in comparison.rows:
            assert row_.a.routine == row_.b.routine
            assert row_.a.claim == row_.b.claim
            assert getattr(row_.a, comparison.axis) != getattr(row_.b, comparison.axis)
            assert comparison.axis == "backend" or row_.a.backend == "tensorflow"


def test_a_backend_with_modes_of_its_own_stands_beside_each(tmp_path):
    (found,) = compare(write_run(tmp_path / "run"), b="scipy")
    assert {(row_.a.mode, row_.b.mode) for row_ in found.rows} == {
        (mode, "library") for mode in ("eager", "graph", "xla")
    }


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--by", "mode", "--a", "lazy"), "this run has no mode 'lazy'; it has eager, graph"),
        (("--by", "run"), "two runs are compared by run, and one by backend, dtype or mode"),
        (("--by", "dtype", "--a", "float32", "--b", "float32"), "one dtype only"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_line(tmp_path, words, message):
    run = write_run(tmp_path / "run")
    code, output = reports("compare", run, *words)
    assert code == 2
    assert len(output.splitlines()) == 1
    assert message in output


def test_a_dtype_that_nobody_knows(tmp_path):
    def strange(records: Records) -> Records:
        cell = records.cell
        return replace(records, cell=cell._replace(dtype=cell.dtype.replace("bf", "tf")))

    run = changed(tmp_path / "run", strange)
    with pytest.raises(RunError, match="dtype 'tfloat16'"):
        compare(run, axis="dtype")


# What a person reads.


def test_the_texts_hold_what_was_found(tmp_path):
    worse = changed(tmp_path / "b", lambda r: replace(r, error=r.error * 10), argv=[HOSTILE] * 3)
    code, output = reports("compare", write_run(tmp_path / "a"), worse, "--out", tmp_path / "out")
    assert code == 0, output
    assert "worse in" in output
    assert "+1.00" in output
    page = (tmp_path / "out" / "report.md").read_text("utf-8")
    for text in (output, page):
        assert "--member" in text
        assert "\x1b" not in text
        assert "\n<script>" not in text
    hostile = [line for line in page.splitlines() if "<script>" in line]
    assert hostile
    assert all(line.startswith("      python -m pytest") for line in hostile)  # code, no markup
    (found,) = compare(tmp_path / "a", worse)
    first = found.rows[0]
    for word in (first.a.routine, number_text(first.p), str(first.pairs)):
        assert word in page
    width = max(map(len, comparison_text.render([found]).splitlines()[:60]))
    assert width <= 600


def test_members_of_a_run_come_once_each_in_order(tmp_path):
    run = write_run(tmp_path / "run", workers=3)
    for sample_ in members_of(run).values():
        assert (np.diff(sample_.keys.astype(object)) > 0).all()


def test_a_sample_says_that_it_is_one(tmp_path, monkeypatch):
    run = write_run(tmp_path / "run")
    whole = compare(run, axis="mode")[0]
    assert not whole.sampled
    count = len(members_of(run)[whole.rows[0].a])
    monkeypatch.setattr("reports.comparison.K", count)
    sampled = compare(run, axis="mode")[0]
    assert sampled.sampled
    assert "rest on a sample; --rows all" in comparison_text.headline(sampled)
    assert sampled.rows == whole.rows


def test_a_pair_can_be_set_again(tmp_path):
    """Of matrices: bits of rows may depend on where in its stack a row lies, as softmax's do."""
    small = ("properties/linalg", "-k", "test_inv", "--dtypes", "float32,float64", "--depth", "3")
    code, output = gate(tmp_path / "run", *small)
    assert code in (0, 1), output
    (found, *_) = compare(tmp_path / "run", axis="dtype", b="float32")
    row_, pair = next((r, p) for r in found.rows for p in r.worst)
    command = found.replay(row_, pair)
    assert f"--member {pair.member} -k inv" in command
    assert "--depth 3" in command
    code, output = gate(tmp_path / "again", *small, "--member", pair.member)
    assert code in (0, 1), output
    again = members_of(tmp_path / "again")
    assert {int(key) for s in again.values() for key in s.keys} == {int(pair.member, 16)}
    assert again[row_.b].error.tolist() == [pair.error_b]
    code, output = gate(tmp_path / "none", *small, "--member", "seven")
    assert code == 2
    assert "--member seven: sixteen hexadecimal digits are due" in output
