"""Which derivatives TensorFlow defines, and where each is judged, or why nowhere.

`asked` sets each routine one problem and asks a tape, by which of its inputs there is a gradient.
The table that comes of it is a part of docs/coverage.md, which `python -m properties.coverage`
writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

import numpy as np

from properties.complex_offers import several
from properties.dtypes import DTYPES
from properties.protocol import Request
from properties.registry import routines
from properties.routine import Routine
from properties.workers import Worker

CALL = "properties.differentiated:offered"
NONE, ZERO, UNEXPLAINED = "none", "zero", "UNEXPLAINED"
PROBLEMS = 4  # of which a tape may refuse some: dilated windows, for instance

# What is no derivative to ask for: derivatives themselves, and functions that take some.
ASIDE = ("*.gradient*", "*.cut", "calculus.*", "chapter.*")

# Why a derivative that TensorFlow has, by one of the inputs or by all, is no routine of its own, by
# patterns of the name; the first speaks.
COPIES = "what comes from above, to whom it belongs: copies"
REASONS: tuple[tuple[str, str], ...] = (
    ("linalg.LinearOperator*", "products and solutions with the adjoint, as the routine judges"),
    ("linalg.experimental.conjugate_gradient", "a tape through every step that is taken"),
    ("linalg.eigvals", "linalg.eig.gradient, which asks both"),
    ("linalg.global_norm", "linalg.norm.gradient's quotients, of several arrays"),
    ("linalg.lu_matrix_inverse", "linalg.lu_solve.gradient, of the identity"),
    ("linalg.lu_reconstruct", "a product: linalg.matmul.gradient_a and gradient_b"),
    ("linalg.normalize", "quotients: linalg.norm.gradient, and math.divide's"),
    ("linalg.spectral_norm", "linalg.svd.gradient of the largest value"),
    ("math.abs", "math.sign of it, times what comes from above"),
    ("math.acos*", "that of math.asin of it, negated, by the same lines"),
    ("math.add*", COPIES),
    ("math.angle", "set as math.angle.complex.gradient"),
    ("math.arg*", "a tape goes through the entries picked: copies"),
    ("math.betainc", "TensorFlow has none by its parameters"),
    ("math.conj.complex", COPIES),
    ("math.cos*", "math.sin, or math.sinh, of it, negated for cos"),
    ("math.divide_no_nan", "as math.divide, where the divisor is not zero"),
    ("math.erfc", "math.erf.gradient of it, negated"),
    ("math.exp*", "math.exp of it"),
    ("math.floormod", "by x a copy"),
    ("math.imag.complex", COPIES),
    ("math.log", "math.reciprocal of it"),
    ("math.m??imum", "what comes from above, to the one that is taken: copies"),
    ("math.multiply*", "by an argument the other, times what comes from above"),
    ("math.negative*", COPIES),
    ("math.nextafter", "by x 1, by the source, and by y 0"),
    ("math.real.complex", COPIES),
    ("math.reciprocal*", "-math.square of the answer; divide_no_nan's by y where a zero is spared"),
    ("math.sin*", "math.cos, or math.cosh, of it"),
    ("math.special.bessel_?0", "its function of order one, negated for j, k and y"),
    ("math.sqrt", "half the reciprocal of the answer"),
    ("math.square", "twice the argument"),
    ("math.squared_difference*", "by y that by x, negated"),
    ("math.subtract*", COPIES),
    ("math.top_k", COPIES),
    ("nn.atrous_conv2d", "moves entries around nn.conv2d, whose gradients these are"),
    ("nn.conv?d", "by the input nn.conv*_transpose, whose operation it is"),
    ("nn.conv?d_transpose", "by the input nn.conv*d, by the filter nn.conv*d.gradient_filter"),
    ("nn.depthwise_conv2d*", "nn.depthwise_conv2d_backprop_input and _filter, or each other's"),
    ("nn.erosion2d", "the kernels of nn.dilation2d.gradient"),
    ("nn.l2_loss", "the argument, times what comes from above"),
    ("nn.log_poisson_loss", "math.exp and a difference"),
    ("nn.bias_add", "what comes from above, and its sums: math.reduce_sum"),
    ("nn.relu", "what comes from above where the argument is positive: copies"),
)

HEAD = """\
## Derivatives

By how many of its inputs TensorFlow {version} has a gradient of each routine, and which routines
judge it. *None*: a tape has none, or refuses; *zero*: it has zeros, of what is constant between
jumps. The others say why there is no routine for them, or not by each of the inputs."""


def functions() -> list[str]:
    """The routines that may have derivatives."""
    return [n for n in routines() if not any(fnmatchcase(n, shape) for shape in ASIDE)]


def asked() -> dict[str, str]:
    """By how many inputs each of them has a gradient, in words."""
    worker = Worker()
    try:
        return {name: _offered(worker, routines()[name]) for name in functions()}
    finally:
        worker.stop()


def _offered(worker: Worker, routine: Routine) -> str:
    """Of the simplest problem that a tape goes through, in the finest dtype that has it."""
    for problem in several(routine, PROBLEMS):
        wide = any(np.iscomplexobj(x) for x in problem.inputs)
        fitting = [d for d in DTYPES.values() if d.name in routine.dtypes and d.is_complex == wide]
        for dtype in sorted(fitting, key=lambda d: -d.bits):
            arguments = dict(problem.arguments) | {"of": routine.call}
            inputs = tuple(x.astype(dtype.numpy) for x in problem.inputs)
            reply = worker.ask(Request(CALL, None, "eager", "CPU:0", dtype.name, arguments, inputs))
            if reply.outcome == "answer":
                return _words(reply.arrays[0][0].tolist())
    return NONE


def _words(kinds: list[float]) -> str:
    if max(kinds) <= 0:
        return ZERO if 0 in kinds else NONE
    return f"{sum(kind > 0 for kind in kinds)} of {len(kinds)}"


def judged(name: str) -> list[str]:
    """The routines that are derivatives of one."""
    return [one for one in routines() if one.startswith(f"{name}.gradient")]


def reason(name: str, offered: str) -> str:
    """The routines that judge a derivative, and why not all of it; "UNEXPLAINED" if nobody says.

    One that is named after no argument is of all.
    """
    found = judged(name)
    told = [f"**{', '.join(found)}**"] if found else []
    if offered in (NONE, ZERO):
        return told[0] if told else "nothing to judge"
    count = 99 if f"{name}.gradient" in found else len(found)
    if count < int(offered.split(maxsplit=1)[0]):
        fitting = (why for shape, why in REASONS if fnmatchcase(name, shape))
        told.append(next(fitting, UNEXPLAINED))
    return "; ".join(told)


def table(offered: Mapping[str, str], version: str) -> str:
    """The section: a row for each routine that may have derivatives."""
    head = HEAD.format(version=version)
    return "\n".join([head, "", "| routine | by inputs | judged as, or why not |", "|---|---|---|",
                      *_rows(offered)])  # fmt: skip


def _rows(offered: Mapping[str, str]) -> Iterator[str]:
    for name, by in offered.items():
        yield f"| {name} | {by} | {reason(name, by)} |"


def stored(text: str) -> dict[str, str]:
    """What a page was made from."""
    section = text.partition("## Derivatives")[2].partition("\n## ")[0]
    rows: list[tuple[str, str]] = re.findall(
        r"^\| ([\w.]+) \| (none|zero|\d+ of \d+) \|", section, flags=re.MULTILINE
    )
    return dict(rows)
