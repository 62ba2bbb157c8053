"""A good file for every reader that tests/fuzz.py sets hostile ones, each as small as may be.

What a read costs is what a million of them cost: the run has one stack of three members, of which
one broke and is in the ledger and one broke and is not.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from reports import baseline, blocks, cases, conclude, readings
from reports.record import Answers, Cell, Item
from reports.run import mark_complete
from reports.store import Spool
from tests.reports_example import FINDING, HEADER, LEDGER, records, stack

REPORTS = Path(baseline.HERE).parent
NUMBER, MEMBERS = 2, [0, 3, 4]  # of the example: held, broken and known, broken and new
CELLS = (
    Cell("linalg.solve", "backward", "float32", "xla", "tensorflow"),
    Cell("linalg.solve", "forward", "float64", "eager", "tensorflow"),
)
KNOWN = LEDGER.entries[0]


def run_of_three(folder: Path, rows: str = "sample", known: str = "") -> Path:
    """A whole run of three members in two cells; `known`: an entry that explained the break."""
    whole = stack("linalg.solve", NUMBER)
    of_three = replace(
        whole,
        keys=whole.keys[MEMBERS],
        traits={name: column[MEMBERS] for name, column in whole.traits.items()},
        quantities={name: column[MEMBERS] for name, column in whole.quantities.items()},
    )
    items: list[Item] = [of_three]
    for cell in CELLS:
        some = records(cell, NUMBER)
        columns = {name: getattr(some, name)[MEMBERS] for name in ("error", "bound", "verdict")}
        items.append(
            Answers(of_three.digest, *cell[:1], *cell[2:], np.array([0, 0, 2], np.int8), {2: "no"})
        )
        items.append(replace(some, **columns))
    header = {**HEADER, "claims": HEADER["claims"][:2]}
    explained = {CELLS[0]: np.array(["", known, ""])} if known else {}
    with Spool(folder, "gw0", header, rows=rows) as spool:
        spool.extend(items, explained)
    cases.save_finding(folder, FINDING)
    mark_complete(folder)
    return folder


def whole(folder: Path) -> Path:
    """A folder with a good file for each target."""
    run_of_three(folder, known=KNOWN.id)
    conclude.conclude(run_of_three(folder / "concluded", rows="all"))
    cases.save_finding(folder / "one", FINDING)
    (saved,) = (folder / "one" / "findings" / "main").glob("*.json")
    saved.rename(saved.with_name("one.json"))
    blocks.tell(folder, "gw0", blocks.Done("a-0", 10, Counter({"a": 1}), Counter({"b": 2})))
    readings.save(folder / "drift", _readings())
    some = json.loads((REPORTS / "baselines" / "generic.json").read_text("utf-8"))
    for key in ("routines", "cells", "answers"):
        some[key] = dict([*some[key].items()][:3])
    (folder / "linux.json").write_text(json.dumps(some))
    stored = json.loads((REPORTS / "baselines" / "recipes.json").read_text("utf-8"))
    stored["recipes"] = dict([*stored["recipes"].items()][:2])
    (folder / "recipes.json").write_text(json.dumps(stored))
    entries = (REPORTS / "known.toml").read_text("utf-8").split("\n[[known]]\n")
    (folder / "known.toml").write_text("\n[[known]]\n".join(["", *entries[1:4]]))
    info = {"microseconds a member": 1.5, "routine": "a", "dtype": "float32", "mode": "eager"}
    (folder / "times.json").write_text(
        json.dumps({"benchmarks": [{"extra_info": {**info, "size": 8}}]})
    )
    told = json.loads((REPORTS / "power.json").read_text("utf-8"))
    for key in ("rows", "resolution"):
        told[key] = told[key][:2]
    (folder / "power.json").write_text(json.dumps(told))
    return folder


def _readings() -> readings.Readings:
    from tests.test_drift import errors
    from tests.test_drift import readings as made

    return made(errors())
