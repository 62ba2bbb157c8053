"""A run that ended is added up once; shards of one run add up to the same bytes in any order."""

from __future__ import annotations

import itertools
import shutil
from collections import Counter
from pathlib import Path

import duckdb
import numpy as np
import pytest
from click.testing import CliRunner

from reports.__main__ import main
from reports.blocks import Done, audits, tell
from reports.cases import findings
from reports.conclude import conclude, members_of, merge
from reports.plain import RunError
from reports.record import VERDICTS, Item, Records, Stack
from reports.run import lacking, marker
from reports.store import Spool, digest_of_records, read, summary_of
from reports.text import render
from reports.verdict import run_verdict
from tests.reports_example import HEADER, LEDGER, items, write_run
from tests.test_reports_store import CELL, long_run, same


def written(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def concluded(folder: Path, workers: int = 1) -> Path:
    run = write_run(folder, workers, complete=False)
    conclude(run)
    return run


def test_a_concluded_run_says_what_its_spools_said(tmp_path: Path) -> None:
    before = write_run(tmp_path / "before")
    spooled = run_verdict(before, LEDGER)
    for workers in (1, 3):
        after = concluded(tmp_path / str(workers), workers)
        verdict = run_verdict(after, LEDGER)
        assert render(verdict) == render(spooled)
        assert digest_of_records(after) == digest_of_records(before)
        for cell, part in spooled.summary.cells.items():
            assert same(verdict.summary.cells[cell], part), cell
        assert not (after / "spool").exists() and lacking(after) == []
    one, three = (written(tmp_path / n) for n in ("1", "3"))
    assert one == three


def test_a_damaged_spool_is_kept_and_the_run_incomplete(tmp_path: Path) -> None:
    run = write_run(tmp_path, complete=False)
    spool = run / "spool" / "gw0.frames"
    spool.write_bytes(spool.read_bytes()[:-3])
    conclude(run)
    verdict = run_verdict(run, LEDGER)
    assert spool.exists()
    assert any("cut short" in line for line in verdict.incomplete)
    assert CliRunner().invoke(main, ["digest", str(run)]).exit_code == 2


def test_every_member_in_parquet_with_every_bit(tmp_path: Path) -> None:
    run = long_run(tmp_path / "run", "all", stacks=3)
    told = [(part.rows, part.stack) for part in read(run)]
    from_spools = members_of(run)[CELL]
    conclude(run)
    table = duckdb.sql(f"FROM '{run / 'rows.parquet'}' ORDER BY key").fetchall()
    names = duckdb.sql(f"FROM '{run / 'rows.parquet'}' LIMIT 0").columns
    rows = [dict(zip(names, row, strict=True)) for row in table]
    expected = sorted(
        (int(sample.keys[i]), float(sample.error[i]), VERDICTS[sample.verdict[i]], stack)
        for sample, stack in told
        for i in range(len(sample))
    )
    assert [(r["key"], r["error"], r["verdict"], r["stack"]) for r in rows] == expected
    assert len(rows) == 1500
    from_parquet = members_of(run)[CELL]
    for one, other in zip(from_spools.columns, from_parquet.columns, strict=True):
        assert one.dtype.kind == other.dtype.kind
        assert np.array_equal(one, other, equal_nan=one.dtype.kind == "f")


def test_the_sample_in_parquet(tmp_path: Path) -> None:
    run = concluded(tmp_path)
    count = duckdb.sql(f"SELECT count(*) FROM '{run / 'sample.parquet'}'").fetchall()[0][0]
    cells = summary_of(run, []).cells
    assert count == sum(len(part.sample) for part in cells.values()) > 0
    codec = duckdb.sql(f"SELECT compression FROM parquet_metadata('{run / 'sample.parquet'}')")
    assert {row[0] for row in codec.fetchall()} == {"ZSTD"}


# Shards.


def shard(folder: Path, name: str, rows: str = "sample") -> Path:
    """What one machine measured: solve, softmax in bfloat16, or softmax in the other dtypes."""
    place = ["solve", "bfloat16", "others"].index(name)
    header = HEADER | {
        "started": f"2026-02-28T12:00:0{place}Z",
        "argv": ["pytest", name],
        "claims": [c for c in HEADER["claims"] if (c["routine"] == "linalg.solve") == (place == 0)],
        "versions": HEADER["versions"] | {"system": f"machine {place}"},
    }
    with Spool(folder / name, "main", header, rows=rows) as spool:
        for item in items():
            if name in asked_in(item):
                spool.append(item)
    done = Done(name, 0, Counter({"nn.softmax": place + 1}), Counter({"x": 1}))
    tell(folder / name, "main", done)
    conclude(folder / name)
    return folder / name


def asked_in(item: Item) -> tuple[str, ...]:
    """The shards that an item belongs to."""
    about = item.cell if isinstance(item, Records) else item
    if about.routine == "linalg.solve":
        return ("solve",)
    if isinstance(item, Stack):
        return ("bfloat16", "others")
    return ("bfloat16" if about.dtype == "bfloat16" else "others",)


@pytest.mark.parametrize("rows", ["sample", "all"])
def test_shards_in_any_order_give_the_same_bytes(tmp_path: Path, rows: str) -> None:
    shards = [shard(tmp_path, name, rows) for name in ("solve", "bfloat16", "others")]
    shutil.copytree(write_run(tmp_path / "whole") / "findings", shards[0] / "findings")
    found = []
    for number, order in enumerate(itertools.permutations(shards)):
        out = tmp_path / f"out {number}"
        merge(out, order)
        found.append(written(out))
    assert all(files == found[0] for files in found)
    assert ("rows.parquet" in found[0]) == (rows == "all")
    whole, out = tmp_path / "whole", tmp_path / "out 0"
    assert digest_of_records(out) == digest_of_records(whole)
    tables = [render(run_verdict(run, LEDGER)).partition("Not covered")[0] for run in (out, whole)]
    assert tables[0] == tables[1]
    assert audits(out) == ({"nn.softmax": 6}, {"x": 3})
    assert len(findings(out)) == 2
    again = tmp_path / "again"
    merge(again, [out])  # a whole run is a shard too
    assert written(again)["cells.frames"] == found[0]["cells.frames"]


def test_shards_of_different_runs_are_refused(tmp_path: Path) -> None:
    one = concluded(tmp_path / "one")
    changes = (
        {"seed": 1},
        {"commit": "other"},
        {"versions": {**HEADER["versions"], "numpy": "9"}},
        {"cpu": ["sse"]},
        {"flags": {}},
        {"claims": [{**HEADER["claims"][0], "bound": "7"}]},
        {"ledger": {"entry": "0"}},
    )
    for number, change in enumerate(changes):
        other = tmp_path / str(number)
        Spool(other, "main", HEADER | change).close()
        conclude(other)
        for pair in ((one, other), (other, one)):
            result = CliRunner().invoke(main, ["merge", str(tmp_path / "out"), *map(str, pair)])
            assert result.exit_code == 2, change
            assert "no shards of one run" in result.stderr and result.stderr.count("\n") == 1
            assert next(iter(change)) in result.stderr or "claim" in result.stderr
            assert not (tmp_path / "out").exists()


def test_shards_may_have_a_problem_in_common_but_no_block(tmp_path: Path) -> None:
    """Of one cell each may have a single problem, the simplest: that is no reason to refuse."""
    every = list(items())
    shards = []
    for name, part in (("one", every), ("two", every[:-1])):
        with Spool(tmp_path / name, "main", HEADER) as spool:
            for item in part:
                spool.append(item)
        conclude(tmp_path / name)
        shards.append(tmp_path / name)
    first, second = (summary_of(shard, []).cells for shard in shards)
    assert any(first[cell].digest == second[cell].digest for cell in second)
    merge(tmp_path / "out", shards)
    whole = summary_of(tmp_path / "out", []).cells
    assert all(whole[cell].total == first[cell].total + second[cell].total for cell in second)
    for shard in shards:
        tell(shard, "main", Done("linalg.inv-0", 0, Counter(), Counter()))
    with pytest.raises(RunError, match=r"measured the same: linalg\.inv-0"):
        merge(tmp_path / "again", shards)


def test_the_same_measurements_are_not_added_twice(tmp_path: Path) -> None:
    one = concluded(tmp_path / "one")
    two = Path(shutil.copytree(one, tmp_path / "two"))
    with pytest.raises(RunError, match="measured the same"):
        merge(tmp_path / "out", [one, two])
    with pytest.raises(RunError, match="not empty"):
        merge(one, [two])
    with pytest.raises(RunError, match="is not a run"):
        merge(tmp_path / "out", [one, tmp_path])


def test_an_interrupted_shard_leaves_the_whole_incomplete(tmp_path: Path) -> None:
    one = write_run(tmp_path / "one", complete=False)
    merge(tmp_path / "out", [one])
    assert run_verdict(tmp_path / "out", LEDGER).incomplete == ("the run did not come to its end",)
    assert (one / "spool").exists() and not marker(tmp_path / "out").complete


# Files that are not what they were.


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_bytes(path.read_bytes()[:-9]), "is damaged"),
        (lambda path: path.write_bytes(b""), "is damaged: 0 bytes of"),
    ],
)
def test_parquet_that_is_missing_or_cut_short(tmp_path: Path, harm, message: str) -> None:
    run = long_run(tmp_path / "run", "all", stacks=3)
    conclude(run)
    harm(run / "rows.parquet")
    result = CliRunner().invoke(main, ["show", str(run)])
    assert result.exit_code in (1, 3) and f"rows.parquet {message}" in result.output
    result = CliRunner().invoke(main, ["merge", str(tmp_path / "out"), str(run)])
    assert result.exit_code == 2 and result.stderr.count("\n") == 1, result.output
    with pytest.raises(RunError, match=r"rows\.parquet"):
        members_of(run)


def test_parquet_of_something_else(tmp_path: Path) -> None:
    run = long_run(tmp_path / "run", "all", stacks=3)
    conclude(run)
    duckdb.sql(f"COPY (SELECT 1 AS one) TO '{run / 'rows.parquet'}' (FORMAT parquet)")
    with pytest.raises(RunError, match="cannot read") as caught:
        members_of(run)
    assert "\n" not in str(caught.value)
