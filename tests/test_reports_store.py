"""The spool: what is written is what is read, and damage is noticed, never hidden."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reports.plain import RunError
from reports.record import BROKEN, HELD, UNDECIDED, VACUOUS, Cell, Records
from reports.run import header_from, lacking, mark_complete, read_header
from reports.sample import K
from reports.store import Spool, digest_of_records, joined, read, summary_of
from reports.summary import CellSummary, Summary
from tests.reports_example import HEADER, MEMBERS, items, records, stack, write_run

ROOT = Path(__file__).parent.parent
CELL = Cell("linalg.solve", "backward", "float32", "xla", "tensorflow")


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    straight = Summary()
    for item in joined(items()):
        straight.add(item)
    for workers in (1, 2, 3):
        found = summary_of(write_run(tmp_path / str(workers), workers), [])
        assert found.answers == straight.answers and found.digested == straight.digested
        assert found.cells.keys() == straight.cells.keys()
        for cell, told in straight.cells.items():
            assert same(found.cells[cell], told), cell


def same(one: CellSummary, other: CellSummary) -> bool:
    """Whether two summaries of a cell agree to the last bit."""
    columns = [
        [column.tobytes() for column in (part.histogram, *part.sample.columns)]
        for part in (one, other)
    ]
    rest = [replace(part, histogram=None, largest=repr(part.largest)) for part in (one, other)]
    return columns[0] == columns[1] and rest[0] == rest[1]


def test_floats_come_back_bit_by_bit(tmp_path: Path) -> None:
    values = np.array([0.1, 5e-324, 1 / 3, np.nan, np.inf, -0.0, 1.7976931348623157e308, 3.0])
    verdict = np.array([HELD, BROKEN, UNDECIDED, VACUOUS, HELD, HELD, HELD, HELD], np.int8)
    one = stack(CELL.routine, 1)
    for rows in ("sample", "all"):
        with Spool(tmp_path / rows, "main", HEADER, rows=rows) as spool:
            spool.append(one)
            spool.append(Records(one.digest, CELL, values, values[::-1].copy(), verdict))
        (part,) = read(tmp_path / rows)
        assert part.full == (rows == "all")
        assert part.rows.error.tobytes() == values.tobytes()
        assert part.rows.bound.tobytes() == values[::-1].tobytes()
        assert part.rows.verdict.tolist() == verdict.tolist()
        assert part.rows.keys.tolist() == one.keys.tolist()
        assert (part.stack, part.block) == (one.digest, "block 1")
        assert part.summary.cells[CELL].largest == np.inf


def long_run(folder: Path, rows: str = "sample", stacks: int = 40, depth: int = 500) -> Path:
    """A run of one cell with many more members than a sample holds; some broke."""
    rng = np.random.default_rng(1)
    with Spool(folder, "main", HEADER, rows=rows) as spool:
        for number in range(stacks):
            few = stack(CELL.routine, number)
            traits = {name: np.resize(column, depth) for name, column in few.traits.items()}
            quantities = {"kappa": np.resize(few.quantities["kappa"], depth)}
            keys = rng.integers(0, 2**64 - 1, depth, np.uint64)
            many = replace(few, keys=keys, traits=traits, quantities=quantities)
            spool.append(many)
            error = rng.random(depth) * 1.002
            verdict = np.where(error <= 1, np.int8(HELD), np.int8(BROKEN))
            spool.append(Records(many.digest, CELL, error, np.ones(depth), verdict))
    mark_complete(folder)
    return folder


def test_what_is_written_does_not_grow_with_members(tmp_path: Path) -> None:
    few, many = (
        (long_run(tmp_path / str(n), stacks=n) / "spool" / "main.frames").stat().st_size
        for n in (40, 80)
    )
    assert many - few < 0.5 * few
    told, all_of_it = (
        summary_of(long_run(tmp_path / rows, rows), []) for rows in ("sample", "all")
    )
    one, other = told.cells[CELL], all_of_it.cells[CELL]
    assert same(one, other) and told.digested == all_of_it.digested
    assert one.total == 20_000 and len(one.sample) == K
    every = np.concatenate([part.rows.keys for part in read(tmp_path / "all")])
    assert one.sample.keys.tolist() == sorted(every.tolist())[:K]
    assert 0 < one.new == one.verdicts[BROKEN] == len(one.unexplained.members)
    assert one.worst[0].share == one.largest > 1


def test_a_truncated_spool_costs_its_last_frame_only(tmp_path: Path) -> None:
    spool = write_run(tmp_path) / "spool" / "gw0.frames"
    whole = len(list(read(tmp_path)))
    spool.write_bytes(spool.read_bytes()[:-5])
    with Spool(tmp_path, "gw0", HEADER) as again:  # the worker comes back
        for item in (stack(CELL.routine, 9), records(CELL, 9)):
            again.append(item)
    warnings: list[str] = []
    assert len(list(read(tmp_path, warnings))) == whole
    assert len(warnings) == 1 and "gw0.frames" in warnings[0] and "dropped" in warnings[0]
    with pytest.raises(RunError, match="no digest"):
        digest_of_records(tmp_path)


def test_the_digest_does_not_depend_on_workers(tmp_path: Path) -> None:
    digests = {digest_of_records(write_run(tmp_path / str(n), workers=n)) for n in (1, 2, 3)}
    assert len(digests) == 1
    with Spool(tmp_path / "1", "late", HEADER) as spool:
        spool.append(stack(CELL.routine, 9))
        spool.append(records(CELL, 9))
    assert digest_of_records(tmp_path / "1") not in digests


def test_one_changed_bit_changes_the_digest(tmp_path: Path) -> None:
    digests = set()
    for change in (0.0, 2.0**-52):
        with Spool(tmp_path / str(change), "main", HEADER) as spool:
            spool.append(stack(CELL.routine, 1))
            told = records(CELL, 1)
            told.error[MEMBERS - 2] *= 1 + change
            spool.append(told)
        digests.add(digest_of_records(tmp_path / str(change)))
    assert len(digests) == 2


def test_another_run_is_refused_and_the_same_one_is_not(tmp_path: Path) -> None:
    Spool(tmp_path, "gw0", HEADER).close()
    Spool(tmp_path, "gw1", {**HEADER, "started": "later"}).close()
    assert read_header(tmp_path).started == HEADER["started"]
    for change in ({"commit": "other"}, {"seed": 1}, {"claims": HEADER["claims"][:1]}):
        with pytest.raises(RunError, match=f"another run .*{next(iter(change))}"):
            Spool(tmp_path, "gw2", {**HEADER, **change})


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file" / "run", Path("/proc/nowhere/run")):
        with pytest.raises(RunError, match=r"cannot write .*choose another folder"):
            Spool(folder, "main", HEADER)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full to stand for a full disk")
def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "main.frames").symlink_to("/dev/full")
    first, second, *_ = items(range(1))
    with Spool(tmp_path, "main", HEADER) as spool:
        spool.append(first)
        with pytest.raises(RunError, match="free some space"):
            spool.append(second)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not readable as JSON"),
        ("[1]", "expected an object"),
        ("[" * 100_000, "not readable as JSON"),
        ("\x00\xff", "not readable|not UTF-8"),
        (json.dumps({"format": 4}), "format 4 is a newer version's, this one reads 3"),
        (json.dumps({"format": 2}), "format 2 is an older version's"),
        (json.dumps({"format": 3, **HEADER, "seed": 1.5}), "'seed' has the wrong type"),
        (json.dumps({"format": 3, **HEADER, "claims": [[]]}), "expected an object"),
        (json.dumps({"format": 3, **HEADER, "cpu": "avx"}), "'cpu' has the wrong type"),
        (json.dumps({"format": 3, **HEADER, "ledger": {"a": 1}}), "wrong type"),
    ],
)
def test_a_header_that_is_none(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "run.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(RunError, match=message) as caught:
        list(read(tmp_path))
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(RunError, match="is not a run"):
            list(read(folder))


def test_records_that_do_not_fit_their_stack_are_refused(tmp_path: Path) -> None:
    one = np.ones(1)
    with Spool(tmp_path, "gw0", HEADER) as spool:
        with pytest.raises(RunError, match="before their stack"):
            spool.append(records(CELL, 3))
        spool.append(stack(CELL.routine, 3))
        with pytest.raises(RunError, match="for a stack of 8"):
            spool.append(Records(f"{3:016x}", CELL, one, one, np.array([HELD], np.int8)))


def test_complete_only_with_its_marker(tmp_path: Path) -> None:
    assert lacking(write_run(tmp_path / "a")) == []
    assert lacking(write_run(tmp_path / "b", complete=False)) == ["the run did not come to its end"]
    for text, message in (("[]", "expected an object"), ('{"format": 4}', "newer version")):
        (tmp_path / "b" / "complete.json").write_text(text)
        with pytest.raises(RunError, match=message):
            lacking(tmp_path / "b")


def test_claims_keep_their_reasons() -> None:
    claim = header_from({"format": 3, **HEADER}).claims["linalg.solve", "forward"]
    assert claim.bound == "2 * eta * kappa"
    assert claim.unless == "2 * eta * kappa * eps"
    assert claim.terms == (("eta", "3 * n + 1"),)


def test_reports_load_without_tensorflow() -> None:
    code = (
        "import sys; import reports, reports.__main__;"
        "import reports.html, reports.text, reports.markdown, reports.reproduce;"
        "heavy = {'tensorflow', 'duckdb', 'flint', 'mpmath', 'hypothesis', 'properties'};"
        "heavy |= {'references'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
