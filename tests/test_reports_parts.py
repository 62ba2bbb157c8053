"""Frames that are intact and say what no part of a run says: one line each, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from reports.frames import Frame, frames
from reports.plain import RunError
from reports.store import read
from reports.text import render
from reports.verdict import run_verdict
from tests.reports_example import LEDGER, write_run
from tests.test_reports_frames import sealed

CELL = {
    "cell": ["r", "c", "d", "m", "b"],
    "verdicts": [1, 0, 0, 0],
    "zeros": 1,
    "largest": 0.0,
    "digest": "0",
}
ANSWERS = {"asked": ["r", "d", "m", "b"], "outcomes": {"answer": 1}, "digest": "0"}
HISTOGRAM = [["lengths", "<i8", 1], ["bins", "<i2", 0], ["counts", "<i8", 0]]
PART = {"kind": "cells", "cells": [CELL], "answers": [ANSWERS], "columns": HISTOGRAM}
WORST = {
    "share": 1.0, "broken": False, "known": "", "stack": "", "member": "0" * 16, "error": 1.0,
    "bound": 1.0, "outcome": "answer", "message": "", "traits": {}, "quantities": {}, "sizes": {},
}  # fmt: skip
KEYS = {"columns": [*HISTOGRAM, ["keys", "<u8", 1]]}

BINS = {"columns": [HISTOGRAM[0], ["bins", "<i2", 1], ["counts", "<i8", 1]], "zeros": 0}
OPTIONAL = ("known", "stored", "worst", "unexplained")


@pytest.mark.parametrize(
    ("change", "body"),
    [
        ({"kind": "other"}, b""),
        ({"kind": 1}, b""),
        ({"cell": ["r"]}, b""),
        ({"cell": ["r", "c", "d", "m", 1]}, b""),
        ({"verdicts": [1]}, b""),
        ({"verdicts": [1.0, 0, 0, 0]}, b""),
        ({"verdicts": [2, 0, 0, -1], "zeros": 2}, b""),
        ({"verdicts": [2, 0, 0, 0]}, b""),
        ({"zeros": -1}, b""),
        ({"largest": "1"}, b""),
        ({"largest": 10**400}, b""),
        ({"digest": "x"}, b""),
        ({"known": {"entry": 1}}, b""),
        ({"known": {"entry": -1}}, b""),
        ({"stored": [["0", 1]]}, b""),
        ({"worst": [{**WORST, "member": "../x"}]}, b""),
        ({"worst": [{**WORST, "traits": []}]}, b""),
        ({"worst": [{**WORST, "traits": {"n": None}}]}, b""),
        ({"worst": [{**WORST, "sizes": {"n": 1.5}}]}, b""),
        ({"worst": [[]]}, b""),
        ({"verdicts": [2**60, 0, 0, 0], "zeros": 2**60}, b""),
        ({"unexplained": [[-1, WORST]]}, b""),
        ({"unexplained": [WORST]}, b""),
        ({"stack": None}, b""),
        ({"full": True}, b""),
        ({"cells": None}, b""),
        ({"cells": [[]]}, b""),
        ({"cells": [CELL, CELL]}, b""),
        ({"cells": []}, b""),
        ({"answers": [[]]}, b""),
        ({"answers": [{**ANSWERS, "asked": ["r"]}]}, b""),
        ({"answers": [{**ANSWERS, "outcomes": {"lost": 1}}]}, b""),
        ({"answers": [{**ANSWERS, "outcomes": {"answer": -1}}]}, b""),
        ({"answers": [{**ANSWERS, "digest": "x"}]}, b""),
        (KEYS, bytes(8)),
        ({"columns": []}, b""),
        ({"columns": [*HISTOGRAM[:1], ["bins", "<i2", 1]]}, bytes(2)),
        ({"columns": [["lengths", "<f8", 1], *HISTOGRAM[1:]]}, b""),
        (BINS, b"\xff\xff" + (1).to_bytes(8, "little")),
        (BINS, b"\x01\x00" + (2).to_bytes(8, "little")),
        ({**BINS, "lengths": 2}, b"\x01\x00" + (1).to_bytes(8, "little")),
        ({**BINS, "lengths": -1}, b"\x01\x00" + (1).to_bytes(8, "little")),
    ],
)
def test_an_intact_frame_that_is_no_part_is_refused(
    tmp_path: Path, change: dict, body: bytes
) -> None:
    spool = write_run(tmp_path) / "spool" / "gw0.frames"
    intact = {**CELL, "worst": [WORST]}
    spool.write_bytes(sealed({**PART, "cells": [intact]}, bytes(8)))
    assert len(list(read(tmp_path))) == 2
    lengths = change.get("lengths", 1 if change.get("columns") == BINS["columns"] else 0)
    of_cell = {name: value for name, value in change.items() if name in (*CELL, *OPTIONAL)}
    of_frame = {name: value for name, value in change.items() if name not in (*of_cell, "lengths")}
    head = {**PART, "cells": [{**CELL, **of_cell}], **of_frame}
    first = lengths.to_bytes(8, "little", signed=True) if head["columns"] else b""
    spool.write_bytes(sealed(head, first + body))
    with pytest.raises(RunError, match="byte 0") as caught:
        list(read(tmp_path))
    assert "\n" not in str(caught.value)


JUNK = (None, True, -1, 2**70, 1e300, "x", "inf", [], {}, [[]], ["a"], {"a": 1}, [1, 2], [0.5] * 5)


def spoiled(head: dict, rng: np.random.Generator) -> dict:
    """The head with junk at one place in it, however deep."""
    head = json.loads(json.dumps(head))
    place: dict | list = head
    while True:
        keys = [*place] if isinstance(place, dict) else [*range(len(place))]
        key = keys[rng.integers(len(keys))]
        if not isinstance(place[key], dict | list) or not place[key] or rng.random() < 0.3:
            place[key] = JUNK[rng.integers(len(JUNK))]
            return head
        place = place[key]


def body_of(frame: Frame) -> bytes:
    """The body that a frame was read from."""
    columns = (
        np.unique(column, return_inverse=True)[1].astype("<i4")
        if column.dtype.kind == "U"
        else column
        for column in frame.columns.values()
    )
    return b"".join(column.tobytes() for column in columns)


def test_heads_with_anything_in_them_are_one_line_or_harmless(tmp_path: Path) -> None:
    run = write_run(tmp_path)
    spool = run / "spool" / "gw0.frames"
    intact = list(frames(spool, []))
    rng = np.random.default_rng(7)
    refusals = []
    for _ in range(400):
        frame = intact[rng.integers(len(intact))]
        spool.write_bytes(sealed(spoiled(frame.head, rng), body_of(frame)))
        try:
            render(run_verdict(run, LEDGER))
        except RunError as error:
            refusals.append(str(error))
    assert 200 < len(refusals) < 400
    assert not any("\n" in line for line in refusals)
