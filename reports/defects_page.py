"""docs/defects.md: `python -m reports.defects_page > docs/defects.md`.

Every distinct defect with a script that shows it: TensorFlow and NumPy are all that it needs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pprint import pformat
from textwrap import fill
from typing import Any

import numpy as np

from reports.cases import array_of, entries_of
from reports.defects import MEANING, MODES, SEVERITIES, Defect, defects
from reports.figures import share_text
from reports.record import ANSWER, Finding
from reports.reproduce import standing

HEAD = """\
# Defects of TensorFlow

The [ledger](../reports/known.toml) by cause: one place in TensorFlow, or one way in which a kernel
is written, however many routines, dtypes and claims show it. Made by
`python -m reports.defects_page > docs/defects.md`; which entries are of one cause is told by
[causes.toml](../reports/causes.toml), and how grave each is follows from its claim and from what
its stored input was answered.

"""
SCRIPTS = """
Each script below needs TensorFlow and NumPy alone and prints the answers, part by part.
`tests/test_defects.py` runs a sample of them, each in a process of its own, and has the claim judge
what they print.
"""
SHOWN = 4  # true numbers told beside a script
EXECUTE = {
    "eager": "call(*tensors)",
    "graph": "tf.function(call, autograph=False)(*tensors)",
    "xla": "tf.function(call, autograph=False, jit_compile=True)(*tensors)",
}
SCRIPT = """\
import numpy as np
import tensorflow as tf{source}

inputs = {inputs}
tensors = [tf.repeat(tf.cast(np.array(x), tf.{dtype})[None], {copies}, 0) for x in inputs]
arguments = {arguments}


def call(*tensors):
    return {name}(*tensors, **arguments)


{run}
for part in answer if isinstance(answer, (tuple, list)) else [answer]:
    print(part[0].numpy().tolist())
"""
RAISES = """\
try:
    answer = {execute}
except Exception as error:
    answer = []
    print("raised", type(error).__name__)"""


def page(found: Sequence[Defect]) -> str:
    """The document."""
    parts = [HEAD, *_counts(found), SCRIPTS]
    parts += [_section(number, defect) for number, defect in enumerate(found, 1)]
    return "".join(parts)


def _counts(found: Sequence[Defect]) -> Iterator[str]:
    entries = sum(len(defect.entries) for defect in found)
    routines = {name for defect in found for name in defect.routines}
    some = sum(len(defect.modes) < len(MODES) for defect in found)
    yield f"**{len(found)} distinct defects** of {len(routines)} routines, from {entries} entries"
    yield f" of the ledger; {some} of them show in some modes only.\n\n"
    yield "| severity | what it is | defects | in some modes only |\n|---|---|---:|---:|\n"
    for word in SEVERITIES:
        of = [defect for defect in found if defect.severity == word]
        apart = sum(len(defect.modes) < len(MODES) for defect in of)
        yield f"| {word} | {MEANING[word]} | {len(of)} | {apart} |\n"
    yield "\nA defect counts once, by the gravest of what it does; below, once a routine.\n\n"
    yield f"| routine | {' | '.join(SEVERITIES)} | in some modes only |\n"
    yield f"|---|{'---:|' * (len(SEVERITIES) + 1)}\n"
    for name in sorted(routines):
        of = [defect for defect in found if name in defect.routines]
        counts = [sum(defect.routines[name] == word for defect in of) for word in SEVERITIES]
        counts.append(sum(len(_modes(defect, name)) < len(MODES) for defect in of))
        yield f"| {name} | {' | '.join(str(n) if n else '' for n in counts)} |\n"


def _modes(defect: Defect, routine: str) -> set[str]:
    return {mode for e in defect.entries if e.routine == routine for mode in e.modes}


def _section(number: int, defect: Defect) -> str:
    entries = defect.entries
    dtypes = dict.fromkeys(name for entry in entries for name in entry.dtypes)
    worst = max(entry.share for entry in entries)
    where = ", ".join(f"{name} ({word})" for name, word in defect.routines.items())
    reasons = dict.fromkeys(entry.because for entry in entries)
    told = [
        f"\n## {number}. {defect.cause.title}\n",
        f"**{defect.severity}.** {where}.",
        f"{', '.join(dtypes)}; {', '.join(defect.modes)}; largest share {share_text(worst)}.",
        "",
        *(f"- {reason}" for reason in reasons),
        "",
        f"Seen in {entries[0].seen}: {_evidence(defect)}.",
        "",
        f"Ledger: {', '.join(f'`{entry.id}`' for entry in entries)}.",
        "",
        "```python",
        script(defect).rstrip("\n"),
        "```",
    ]
    return "\n".join(_filled(line) for line in told) + "\n"


def _evidence(defect: Defect) -> str:
    finding = defect.smallest
    of = [e for e, f in zip(defect.entries, defect.findings, strict=True) if f is finding]
    return of[0].evidence


def _filled(line: str) -> str:
    if len(line) <= 100 or line.startswith("\n#") or "\n" in line:
        return line
    indent = "  " if line.startswith("- ") else ""
    return fill(line, 100, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def script(defect: Defect) -> str:
    """A script that shows the defect by its smallest input, or the one that is written down."""
    finding = defect.smallest
    if finding is None or defect.cause.script:
        own = next((entry.script.strip() for entry in defect.entries if entry.script), "")
        return defect.cause.script or own or "# no input is stored"
    source, name = standing(finding)
    execute = EXECUTE[finding.cell.mode]
    raised = finding.outcome != ANSWER
    text = SCRIPT.format(
        source=f"\n\n{source.strip(chr(10))}\n" if source else "",
        inputs=_literal(tuple(_array(part, finding.cell.dtype) for part in finding.inputs)),
        dtype=finding.cell.dtype,
        copies=defect.cause.copies,
        arguments=_literal({k: () if k == "tree" else v for k, v in finding.arguments.items()}),
        name=name,
        run=RAISES.format(execute=execute) if raised else f"answer = {execute}",
    )
    return text + "".join(f"# {line}\n" for line in _true(finding))


def _true(finding: Finding) -> Iterator[str]:
    for part in finding.true:
        shape, values = entries_of(part)
        more = ", ..." if len(values) > SHOWN else ""
        yield f"true {list(shape)}: {', '.join(values[:SHOWN])}{more}"


def _array(part: Any, dtype: str) -> Any:
    """Nested lists of the shortest numbers that are these in the dtype."""
    array = array_of(part)
    if dtype != "float32":
        return array.tolist()
    short = np.array([float(str(x)) for x in array.astype(np.float32).ravel()]).reshape(array.shape)
    return (short if (short.astype(np.float32) == array).all() else array).tolist()


def _literal(value: object) -> str:
    return pformat(value, width=98, compact=True, sort_dicts=False)


if __name__ == "__main__":
    sys.stdout.write(page(defects()))
