"""`python -m properties.coverage`: every symbol of tf.linalg, tf.math and tf.nn, judged or why not.

It writes docs/coverage.md from the TensorFlow that is installed. The page holds all that it was
made from: a test makes it anew from its own names and the registry, without TensorFlow.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from properties import complex_offers, derivative_offers
from properties.registry import routines
from properties.workers import ENVIRONMENT, ROOT

PAGE = ROOT / "docs" / "coverage.md"
UNEXPLAINED = "UNEXPLAINED"
NOT_NUMERICAL, RANDOM, NOT_YET, ALIAS = "not numerical", "random", "not yet", "deprecated alias of"
OBJECTS, PROMISES_NOTHING = "no arithmetic of its own", "promises no accuracy"

# Why a symbol is not judged, by patterns of its names; the first that fits speaks. Whatever a
# routine calls needs none: what stands here is not looked at then.
REASONS: tuple[tuple[str, str], ...] = (
    ("GradientTape.reset", f"{NOT_NUMERICAL}: records, computes nothing"),
    ("GradientTape.stop_recording", f"{NOT_NUMERICAL}: records, computes nothing"),
    ("GradientTape.watch*", f"{NOT_NUMERICAL}: records, computes nothing"),
    ("linalg.LinearOperator*", f"{OBJECTS}: a matrix as an object, which hands its calls on"),
    ("linalg.eye", f"{NOT_NUMERICAL}: moves entries and computes none"),
    ("linalg.tensor_diag*", f"{NOT_NUMERICAL}: moves entries and computes none"),
    ("math.accumulate_n", f"{ALIAS} math.add_n, which adds as math.add does"),
    ("math.truediv", f"{OBJECTS}: math.divide, after a cast of whole numbers"),
    ("math.scalar_mul", f"{OBJECTS}: math.multiply by a scalar, of sparse slices too"),
    ("math.confusion_matrix", f"{NOT_NUMERICAL}: counts"),
    ("math.count_nonzero", f"{NOT_NUMERICAL}: counts"),
    ("math.*equal", f"{NOT_NUMERICAL}: answers true or false"),
    ("math.greater", f"{NOT_NUMERICAL}: answers true or false"),
    ("math.less", f"{NOT_NUMERICAL}: answers true or false"),
    ("math.logical_*", f"{NOT_NUMERICAL}: answers true or false"),
    ("math.is_*", f"{NOT_NUMERICAL}: answers true or false"),
    ("math.reduce_all", f"{NOT_NUMERICAL}: answers true or false"),
    ("math.reduce_any", f"{NOT_NUMERICAL}: answers true or false"),
    ("math.invert_permutation", f"{NOT_NUMERICAL}: of whole numbers"),
    ("math.approx_m*_k", f"{PROMISES_NOTHING}: entries near the largest, of a share that is asked"),
    ("nn.RNNCell*", f"{NOT_NUMERICAL}: wraps a cell of a recurrent network"),
    ("nn.*_sampler", RANDOM),
    ("nn.*dropout", RANDOM),
    ("nn.fractional_*_pool", f"{RANDOM}: the regions are drawn"),
    ("nn.nce_loss", f"{RANDOM}: samples classes"),
    ("nn.sampled_softmax_loss", f"{RANDOM}: samples classes"),
    ("nn.compute_accidental_hits", f"{NOT_NUMERICAL}: finds what a sampler hit twice"),
    ("nn.collapse_repeated", f"{NOT_NUMERICAL}: of whole numbers"),
    ("nn.ctc_unique_labels", f"{NOT_NUMERICAL}: of whole numbers"),
    ("nn.with_space_to_batch", f"{NOT_NUMERICAL}: rearranges for a call that it is given"),
    ("nn.*space_to_*", f"{NOT_NUMERICAL}: moves entries and computes none"),
    ("nn.depth_to_space", f"{NOT_NUMERICAL}: moves entries and computes none"),
    ("nn.conv_transpose", f"{OBJECTS}: nn.conv1d_transpose, conv2d_transpose or conv3d_transpose"),
    ("nn.convolution", f"{OBJECTS}: nn.conv1d, conv2d or conv3d, by the rank of its input"),
    ("nn.atrous_conv2d_transpose", f"{OBJECTS}: moves entries around nn.conv2d_transpose"),
    ("nn.separable_conv2d", f"{OBJECTS}: nn.depthwise_conv2d, then nn.conv2d of its answer"),
    ("nn.pool", f"{OBJECTS}: nn.max_pool or nn.avg_pool, of windows that may be dilated"),
    ("nn.max_pool?d", f"{OBJECTS}: nn.max_pool, which calls the same kernels by rank"),
    ("nn.avg_pool?d", f"{OBJECTS}: nn.avg_pool, which calls the same kernels by rank"),
    ("nn.embedding_lookup", f"{NOT_NUMERICAL}: picks rows and computes none"),
    ("nn.*embedding_lookup_sparse", f"{OBJECTS}: rows picked, then added as math.segment_sum adds"),
    ("nn.compute_average_loss", f"{OBJECTS}: math.reduce_sum over a number that is told"),
    ("nn.scale_regularization_loss", f"{OBJECTS}: math.reduce_sum over the number of replicas"),
    ("nn.sufficient_statistics", f"{OBJECTS}: a count, and math.reduce_sum of x and of its square"),
    ("nn.batch_norm_with*", f"{OBJECTS}: nn.batch_normalization under its first name"),
    ("nn.crelu", f"{OBJECTS}: nn.relu of x and of -x, side by side"),
)

HEAD = """\
# What of TensorFlow is judged

Written by `python -m properties.coverage` from TensorFlow {version}: all public names of
`tf.linalg`, `tf.math` and `tf.nn` with the modules inside them, and the methods that differentiate.
Names of one object are one symbol. In bold the [routines](routines.md) whose answers are the
symbol's own; *part of* are those that call it on the way to an answer that is judged. The others
say why they are not judged; the reasons stand in `properties/coverage.py`. No method is named after
Hessians: calculus.hessian takes them by `batch_jacobian` of a gradient and by `jvp` of one."""


class Listing(NamedTuple):
    """What one TensorFlow offers: its version, and the names of each symbol below `tf`."""

    version: str
    symbols: list[list[str]]


class Covered(NamedTuple):
    """The routines that judge one symbol, and those that call it on the way."""

    judged: list[str]
    part: list[str]


def installed() -> Listing:
    """The symbols of the TensorFlow of this interpreter."""
    told = _told_by_tensorflow()
    return Listing(told["version"], told["symbols"])


def documented() -> list[str]:
    """The routines that are set no complex numbers though the symbols they judge document some."""
    told = _told_by_tensorflow()
    calls = {name: routines()[name].call for name in complex_offers.unset()}
    groups = [names for names in told["symbols"] if names[0] in told["complex"]]
    return sorted({name for names in groups for name in covered(names, calls).judged})


def _told_by_tensorflow() -> dict[str, Any]:
    """What a process of its own lists."""
    told = subprocess.run(
        [sys.executable, "-m", "properties.symbols"],
        cwd=ROOT, env={**os.environ, **ENVIRONMENT}, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(told.stdout)
    return answer


def stored(text: str) -> Listing:
    """The listing that a page was written from."""
    found = re.search(r"from TensorFlow (\S+):", text)
    rows = re.findall(r"^\| (`.*?) \| .* \|$", text, flags=re.MULTILINE)
    return Listing(found[1] if found else "", [re.findall(r"`tf\.(.*?)`", row) for row in rows])


def again(text: str) -> str:
    """A page anew, from what one of this version was made from."""
    listing = stored(text)
    wide = complex_offers.table(*complex_offers.stored(text), listing.version)
    return page(
        listing, derivative_offers.table(derivative_offers.stored(text), listing.version), wide
    )


def covered(symbol: Sequence[str], calls: Mapping[str, str]) -> Covered:
    """Which of the calls, by name of the routine, reach a symbol.

    A call of a function of ours judges the symbols that it names and is itself named after, and
    has the others that it names as parts.
    """
    judged, part = list[str](), list[str]()
    sought = {*symbol, _method(symbol[0])}
    for routine, call in calls.items():
        named = _named(call)
        if not named.isdisjoint(sought):
            words = (
                word.partition("_")[0] if word.startswith("gradient_") else word
                for word in routine.split(".")[1:]
            )  # gradient_x is a gradient
            own = {call.rpartition(":")[2], *words}
            direct = call in symbol or own & {name.rpartition(".")[2] for name in symbol}
            (judged if direct else part).append(routine)
    return Covered(judged, part)


def _method(name: str) -> str:
    """The method of a class as code names it, `.jvp`; of a function its name."""
    holder, _, last = name.rpartition(".")
    return f".{last}" if holder.rpartition(".")[2][:1].isupper() else name


@cache
def _named(call: str) -> frozenset[str]:
    """What a call names below `tf`, and as `.method` of anything else.

    A function of ours is read with the functions of its module that it uses.
    """
    module, colon, name = call.partition(":")
    if not colon:
        return frozenset({call})
    found = find_spec(module)
    assert found is not None
    assert found.origin is not None
    body = ast.parse(Path(found.origin).read_text(encoding="utf-8")).body
    functions = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    used, waiting = set[str](), [name]
    names = set[str]()
    while waiting:
        used.add(waiting[-1])
        for node in ast.walk(functions[waiting.pop()]):
            if isinstance(node, ast.Name) and node.id in functions.keys() - used:
                waiting.append(node.id)
            elif isinstance(node, ast.Attribute):
                root, _, rest = ast.unparse(node).partition(".")
                names.add(rest if root == "tf" else f".{node.attr}")
    return frozenset(names)


def reason(symbol: Sequence[str]) -> str:
    """Why a symbol is not judged, the first that fits; "UNEXPLAINED" where none does."""
    fitting = (why for shape, why in REASONS if any(fnmatchcase(name, shape) for name in symbol))
    return next(fitting, UNEXPLAINED)


def page(listing: Listing, *more: str) -> str:
    """The page: a count of all, a table for each module, a row for each symbol, then more."""
    calls = {name: routine.call for name, routine in routines().items()}
    rows = [(names, _told(names, calls)) for names in listing.symbols]
    sections = [HEAD.format(version=listing.version), _counts([told for _, told in rows])]
    for space, group in groupby(rows, key=lambda row: row[0][0].rpartition(".")[0]):
        sections.append("\n".join(_section(space, group)))
    return "\n\n".join(filter(None, [*sections, *more])) + "\n"


def _told(symbol: Sequence[str], calls: Mapping[str, str]) -> str:
    found = covered(symbol, calls)
    if found.judged:
        return f"**{', '.join(found.judged)}**"
    return f"part of {', '.join(found.part)}" if found.part else reason(symbol)


def _counts(told: Sequence[str]) -> str:
    kinds = (
        "**", "part of", NOT_YET, NOT_NUMERICAL, OBJECTS, RANDOM, PROMISES_NOTHING, ALIAS,
        UNEXPLAINED,
    )  # fmt: skip
    counted = Counter(next(kind for kind in kinds if text.startswith(kind)) for text in told)
    words = [f"{counted[kind]} {kind.replace('**', 'judged')}" for kind in kinds if counted[kind]]
    return f"{len(told)} symbols: {', '.join(words)}."


def _section(space: str, rows: Iterator[tuple[Sequence[str], str]]) -> Iterator[str]:
    yield f"## tf.{space}\n"
    yield "| symbol | routines, or why none |"
    yield "|---|---|"
    for names, told in rows:
        yield f"| {', '.join(f'`tf.{name}`' for name in names)} | {told} |"


if __name__ == "__main__":
    listing = installed()
    slopes = derivative_offers.table(derivative_offers.asked(), listing.version)
    wide = complex_offers.table(complex_offers.asked(), documented(), listing.version)
    PAGE.write_text(page(listing, slopes, wide), encoding="utf-8")
