"""The spool: what is written is what is read, and damage is noticed, never hidden."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from reports.lines import Item
from reports.plain import RunError
from reports.record import BROKEN, HELD, UNDECIDED, VACUOUS, Answers, Cell, Records, Stack
from reports.run import header_from, is_complete, read_header
from reports.store import RECENT, Spool, digest_of_records, joined, read
from tests.reports_example import HEADER, items, write_run

ROOT = Path(__file__).parent.parent


def plain(item: Item) -> object:
    """An item in a form that compares equal, NaN with NaN."""
    return repr({name: _listed(value) for name, value in vars(item).items()})


def _listed(value: object) -> object:
    if isinstance(value, dict):
        return {key: _listed(entry) for key, entry in value.items()}
    return (value.dtype.kind, value.tolist()) if isinstance(value, np.ndarray) else value


def sealed(data: dict) -> str:
    """A line with an honest checksum, whatever it says."""
    body = json.dumps(data)
    return f'{{"crc":"{crc32(body.encode()):08x}",{body[1:]}\n'


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    assert [plain(i) for i in read(tmp_path / "run")] == [plain(i) for i in items()]


def test_floats_come_back_bit_by_bit(tmp_path: Path) -> None:
    values = np.array([0.1, 5e-324, 1 / 3, np.nan, np.inf, -0.0, 1.7976931348623157e308])
    cell = Cell("r", "c", "float32", "xla", "tensorflow")
    verdict = np.array([HELD, BROKEN, UNDECIDED, VACUOUS, HELD, HELD, HELD], np.int8)
    with Spool(tmp_path, "main", HEADER) as spool:
        spool.append(Records("0" * 16, cell, values, values[::-1].copy(), verdict))
    (back,) = read(tmp_path)
    assert isinstance(back, Records)
    assert back.error.tobytes() == values.tobytes()
    assert back.bound.tobytes() == values[::-1].tobytes()
    assert back.verdict.tolist() == verdict.tolist()


def test_a_stack_is_written_once_and_found_again(tmp_path: Path) -> None:
    told = list(items())
    with Spool(tmp_path, "main", HEADER) as spool:
        for item in (*told, *told):
            spool.append(item)
    lines = list(read(tmp_path))
    assert sum(isinstance(line, Stack) for line in lines) == 8
    assert len(lines) == 2 * len(told) - 8
    assert all(isinstance(i, Answers) or (i.stack and i.answers) for i in joined(lines))


def test_stacks_that_were_forgotten_are_written_again(tmp_path: Path) -> None:
    first = next(iter(items()))
    others = [next(iter(items(range(i, i + 1)))) for i in range(1, RECENT + 1)]
    with Spool(tmp_path, "main", HEADER) as spool:
        for item in (first, *others, first):
            spool.append(item)
    assert len(list(read(tmp_path))) == RECENT + 2


@pytest.mark.parametrize("cut", [1, 40])
def test_a_truncated_last_line_costs_that_line_only(tmp_path: Path, cut: int) -> None:
    spool = write_run(tmp_path) / "spool" / "gw0.jsonl"
    whole = [plain(i) for i in read(tmp_path)]
    spool.write_bytes(spool.read_bytes()[:-cut])
    warnings: list[str] = []
    assert [plain(i) for i in read(tmp_path, warnings)] == whole[:-1]
    assert len(warnings) == 1 and "gw0.jsonl" in warnings[0] and "dropped" in warnings[0]
    with pytest.raises(RunError, match="no digest"):
        digest_of_records(tmp_path)


def test_a_worker_that_returns_after_a_cut_loses_nothing_more(tmp_path: Path) -> None:
    spool = write_run(tmp_path) / "spool" / "gw0.jsonl"
    spool.write_bytes(spool.read_bytes()[:-5])
    added = list(items(range(5, 6)))
    with Spool(tmp_path, "gw0", HEADER) as again:
        for item in added:
            again.append(item)
    warnings: list[str] = []
    found = [plain(i) for i in read(tmp_path, warnings)]
    assert found == [plain(i) for i in (*list(items())[:-1], *added)]
    assert len(warnings) == 1


def test_one_changed_digit_is_noticed(tmp_path: Path) -> None:
    spool = write_run(tmp_path) / "spool" / "gw0.jsonl"
    lines = spool.read_text().splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if '"records"' in line)
    lines[at] = lines[at].replace("16.0", "17.0", 1)
    spool.write_text("".join(lines))
    warnings: list[str] = []
    assert len(list(read(tmp_path, warnings))) == len(lines) - 1
    assert warnings[0].startswith(f"spool/gw0.jsonl, line {at + 1}: damaged")


def test_the_digest_does_not_depend_on_workers(tmp_path: Path) -> None:
    digests = {digest_of_records(write_run(tmp_path / str(n), workers=n)) for n in (1, 2, 3)}
    assert len(digests) == 1
    with Spool(tmp_path / "1", "late", HEADER) as spool:
        spool.append(list(items())[-1])
    assert digest_of_records(tmp_path / "1") not in digests


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
    (tmp_path / "spool" / "main.jsonl").symlink_to("/dev/full")
    with Spool(tmp_path, "main", HEADER) as spool, pytest.raises(RunError, match="free some space"):
        spool.append(next(iter(items())))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not readable as JSON"),
        ("[1]", "expected an object"),
        ("[" * 100_000, "not readable as JSON"),
        ("\x00\xff", "not readable|not UTF-8"),
        (json.dumps({"format": 2}), "format 2"),
        (json.dumps({"format": 1, **HEADER, "seed": 1.5}), "'seed' has the wrong type"),
        (json.dumps({"format": 1, **HEADER, "claims": [[]]}), "expected an object"),
        (json.dumps({"format": 1, **HEADER, "cpu": "avx"}), "'cpu' has the wrong type"),
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


RECORDS = {
    "kind": "records",
    "stack": "0",
    "cell": ["r", "c", "d", "m", "b"],
    "error": [1.0],
    "bound": [2.0],
    "verdict": "h",
}


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "other"},
        {"kind": 1},
        {"cell": ["r"]},
        {"error": ["1"]},
        {"error": [True]},
        {"error": [10**400]},
        {"error": [1.0, 2.0]},
        {"verdict": "x"},
        {"stack": None},
    ],
)
def test_an_intact_line_that_is_no_item_is_refused(tmp_path: Path, change: dict) -> None:
    spool = write_run(tmp_path) / "spool" / "gw0.jsonl"
    spool.write_text(sealed(RECORDS))
    assert len(list(read(tmp_path))) == 1
    spool.write_text(sealed({**RECORDS, **change}))
    with pytest.raises(RunError, match="line 1"):
        list(read(tmp_path))


def test_records_that_do_not_fit_their_stack_are_refused(tmp_path: Path) -> None:
    write_run(tmp_path)
    with Spool(tmp_path, "gw0", HEADER) as spool:
        cell = Cell("nn.softmax", "entrywise", "float32", "xla", "tensorflow")
        one = np.ones(1)
        spool.append(Records(f"{3:016x}", cell, one, one, np.array([HELD], np.int8)))
    with pytest.raises(RunError, match="differ in length"):
        list(joined(read(tmp_path)))


def test_complete_only_with_its_marker(tmp_path: Path) -> None:
    assert is_complete(write_run(tmp_path / "a"))
    assert not is_complete(write_run(tmp_path / "b", complete=False))
    (tmp_path / "b" / "complete.json").write_text("[]")
    assert not is_complete(tmp_path / "b")


def test_claims_keep_their_reasons() -> None:
    claim = header_from({"format": 1, **HEADER}).claims["linalg.solve", "forward"]
    assert claim.bound == "2 * eta * kappa"
    assert claim.unless == "2 * eta * kappa * eps"
    assert claim.terms == (("eta", "3 * n + 1"),)


def test_reports_load_without_tensorflow() -> None:
    code = (
        "import sys; import reports, reports.__main__;"
        "import reports.html, reports.text, reports.markdown, reports.reproduce;"
        "heavy = {'tensorflow', 'flint', 'mpmath', 'hypothesis', 'properties', 'references'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
