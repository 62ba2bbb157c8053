"""docs/chapter.md: what the chapter prints, the exact answer, what TensorFlow answers, and why.

What is proved is written first and is the same on every machine; what TensorFlow answered stands
between two marks, so that a test can leave it out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from math import isnan

from properties.chapter import constrained, critical, derivatives, rounding
from properties.chapter.ask import Answer
from properties.chapter.figures import CAPTIONS
from properties.chapter.item import Item, ball, precise, told
from properties.dtypes import DTYPES

OPEN, CLOSE = "<!-- TensorFlow -->", "<!-- end -->"
ITEMS: Sequence[Item] = (*rounding.ITEMS, *derivatives.ITEMS, *constrained.ITEMS)
SHOWN = 9  # numbers of an answer; of longer ones the first few
FIRST = 5
HEAD = """\
# The chapter, number by number

Written by `python -m properties.chapter`. The examples are those of chapter 4, *Numerical
Computation*, of *Deep Learning with TensorFlow 2.0*: every number that it prints, the exact answer,
and what the installed TensorFlow answers.

- **exact** is proved in rational numbers or in balls: for the decimals as the chapter writes them,
  and for the numbers that the dtype of its example holds in their place.
- **off** is the largest error of an example over the largest of its exact numbers, in eps of the
  dtype, against the exact answer to the numbers that this dtype holds. **moved** is how far
  rounding the decimals to the dtype moved the exact answer: no routine can know.
- **share** is the part of its bound that the nearest claim uses up: see
  [bounds-table.md](bounds-table.md). Below 1 is held; what is broken is a fault of TensorFlow, and
  the [ledger](../reports/known.toml) says which.

TensorFlow's answers depend on the processor; all else on this page is tested to be up to date."""
TITLES = {
    "4.1": "Overflow and underflow",
    "4.2": "Poor conditioning",
    "4.3": "Gradient-based optimization",
    "4.4": "Constrained optimization",
    "4.5": "Linear least squares",
}


def page(answered: Callable[[Item], Sequence[Answer]], version: str) -> str:
    """The whole page; `answered` is what TensorFlow gave to an example."""
    lines = [HEAD, "", OPEN, f"TensorFlow {version}.", CLOSE]
    for section, title in TITLES.items():
        lines += ["", f"## {section} {title}"]
        for item in ITEMS:
            if item.section == section:
                lines += ["", *_item(item), "", OPEN, *_answers(answered(item)), CLOSE]
        lines += [line for part in EXTRA.get(section, ()) for line in ("", *part())]
        for name, (where, caption) in CAPTIONS.items():
            if where == section:
                lines += ["", f"![{caption}](chapter/{name}.svg)", "", f"*{caption}*"]
    return "\n".join([*lines, "", *_errors()]) + "\n"


def proved(text: str) -> str:
    """A page without what TensorFlow answered."""
    return re.sub(f"{OPEN}.*?{CLOSE}", f"{OPEN}{CLOSE}", text, flags=re.DOTALL)


def _item(item: Item) -> Iterator[str]:
    dtype = item.printed_dtype
    written, held = item.answer(), item.answer(DTYPES[dtype])
    count = len(item.labels) if len(item.labels) <= SHOWN else FIRST
    yield f"### {item.title}"
    yield ""
    yield f"`{item.code}`"
    yield ""
    yield f"| | printed | exact, as written | exact, in {dtype} |"
    yield "|---|---|---|---|"
    for label, printed, first, second in list(
        zip(item.labels, item.printed, written, held, strict=True)
    )[:count]:
        same = told(first) == told(second)
        yield f"| {label} | {printed} | {told(first)} | {'the same' if same else told(second)} |"
    yield ""
    if count < len(item.labels):
        yield f"The first {count} of {len(item.labels)}."
    off = item.printed_off()
    if not isnan(off):
        yield f"What is printed is off by {_short(off)} eps of {dtype}."
    yield item.because
    if item.error:
        yield f"**The chapter's slip.** {item.error}"


def _answers(found: Sequence[Answer]) -> Iterator[str]:
    yield "| dtype | modes | TensorFlow | off | moved | share |"
    yield "|---|---|---|---|---|---|"
    for answer in found:
        shown = answer.found if len(answer.found) <= SHOWN else answer.found[:FIRST]
        digits = 17 if answer.dtype == "float64" else 9
        text = ", ".join(f"{x:.{digits}g}" for x in shown) or answer.message
        cells = (
            answer.dtype, ", ".join(answer.modes), text + " …" * (len(shown) < len(answer.found)),
            _short(answer.off), _short(answer.moved), answer.share,
        )  # fmt: skip
        yield f"| {' | '.join(cells)} |"


def _checks() -> Iterator[str]:
    yield "### What Python compares"
    yield ""
    yield "| comparison | printed | in float64, by exact rounding |"
    yield "|---|---|---|"
    for code, printed, answer in rounding.checks():
        yield f"| `{code}` | {printed} | {answer} |"


def _conditions() -> Iterator[str]:
    yield "### Three condition numbers of one matrix"
    yield ""
    yield "| | exact, as written |"
    yield "|---|---|"
    with precise():
        found = rounding.conditions(rounding.A)
    yield from (f"| {name} | {told(value)} |" for name, value in found)


def _critical() -> Iterator[str]:
    yield "### Critical points of the polynomial"
    yield ""
    yield "`np.poly1d([2, -4, -28, 62, 122, -256, -196, 140, 392, 240, 72])`"
    yield ""
    yield "| x | value | second derivative | kind |"
    yield "|---|---|---|---|"
    for point in critical.points():
        row = (told(x) for x in (point.x, point.value, point.curvature))
        yield f"| {' | '.join(row)} | {point.kind} |"
    yield ""
    yield critical.BECAUSE
    yield f"**The chapter's slip.** {critical.ERROR}"


def _curves() -> Iterator[str]:
    yield "### Second derivatives along a line"
    yield ""
    yield "`x^2`, `-x^4` and `x^4`"
    yield ""
    yield f"**The chapter's slip.** {critical.CURVES}"


def _optimum() -> Iterator[str]:
    with precise():
        x, y = constrained.corner()
        lam, mu = constrained.multipliers(x, y)
        rows = [("x", x), ("y", y), ("f", constrained.objective(x, y)), ("lambda", lam), ("mu", mu)]
    yield "### A quadratic between two curves"
    yield ""
    yield "`-(2xy + 2x - x^2 - 2y^2)`, `x^3 - y = 0`, `y - (x - 1)^4 - 2 >= 0`"
    yield ""
    yield "| | exact |"
    yield "|---|---|"
    yield from (f"| {name} | {told(value)} |" for name, value in rows)
    yield ""
    yield CORNER


def _deviations() -> Iterator[str]:
    with precise():
        slope, intercept = constrained.deviations(constrained.line()[0])
        away = (ball(0.0040492) / slope, ball(0.011254057) / intercept)
    yield "### The fit that cannot be computed again"
    yield ""
    yield (
        f"With noise of variance 1 the slope has a standard deviation of {told(slope, 6)} about 1, "
        f"the intercept of {told(intercept, 6)} about 0. The printed 1.0040492 and 0.011254057 are "
        f"{told(away[0], 3)} and {told(away[1], 3)} of them away."
    )


CORNER = (
    "The curves meet where x is a root of x^4 - 5x^3 + 6x^2 - 4x + 3, the only one within the "
    "bounds. To its right the curve y = x^3 is feasible and f grows along it, so that the corner "
    "is the minimum, as the chapter says. The gradient of the Lagrangian vanishes there with the "
    "multipliers above; mu is positive, as that of an active inequality must be."
)
EXTRA: dict[str, tuple[Callable[[], Iterator[str]], ...]] = {
    "4.1": (_checks,),
    "4.2": (_conditions,),
    "4.3": (_critical, _curves),
    "4.4": (_optimum,),
    "4.5": (_deviations,),
}


def _errors() -> Iterator[str]:
    yield "## The slips in one list"
    yield ""
    slips = [(item.section, item.title, item.error) for item in ITEMS if item.error]
    slips.append(("4.3", "Critical points of the polynomial", critical.ERROR))
    slips.append(("4.3", "Second derivatives along a line", critical.CURVES))
    for section, title, error in sorted(slips, key=lambda slip: slip[0]):
        anchor = re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
        yield f"- {section}, [{title}](#{anchor}): {re.split(r'(?<=[.;:]) ', error)[0][:-1]}."


def _short(x: float) -> str:
    return "" if isnan(x) else f"{x:.3g}"
