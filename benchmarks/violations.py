"""`python benchmarks/violations.py [ROUTINE ...]`: truths against balls of twice the precision.

Each routine's truth at level 0 is compared with that at level 2, which no certificate takes part
in, on members of all structures that the suite draws: conditions to 1e15, powers of two to 2^900
for scale, zeros too. Prints a row of Markdown for each routine and each engine's share, lists
every member that is violated or undecided, and exits with 1 if one is violated.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # a script of the checkout, run from anywhere

from benchmarks import held  # noqa: E402
from benchmarks.line import each  # noqa: E402
from properties import complex_matrices, draws, functions, gallery  # noqa: E402
from properties.generators import GENERATORS  # noqa: E402
from properties.logits import LOGITS, SUMMANDS  # noqa: E402
from properties.makers import Recipe  # noqa: E402
from properties.recipes import problem  # noqa: E402
from properties.registry import routines  # noqa: E402
from properties.routine import Problem  # noqa: E402
from references.truth import Truth  # noqa: E402

SMALL = tuple(range(1, 9))
LARGE = (32,)
DEPTH = 256  # members of a stack, at most
CONDITION, SCALE = 50, 900  # log2
Arguments = tuple[tuple[tuple[str, Any], ...], ...]


class Kind(NamedTuple):
    """How a routine's recipes are written: the kind, its structures, shapes of order n."""

    kind: str
    structures: tuple[str, ...]
    shapes: str
    arguments: Arguments = ((),)
    scale: int = SCALE


ADJOINT = ((("adjoint", False),), (("adjoint", True),))
LAST = ((("axis", -1),),)
SHAPES = {
    "square": lambda n: ((n,),),
    "system": lambda n: ((n, 1), (n, 3)),
    "any": lambda n: ((n, n), (2 * n, n), (n, 2 * n)),
    "tall": lambda n: ((n, n), (2 * n, n)),
    "sided": lambda n: ((n, n, 1), (2 * n, n, 1), (n, 2 * n, 1)),
}
SINGULAR = (*gallery.RECTANGULAR, "rank deficient")
KINDS = {
    "nn.softmax": Kind("logits", tuple(LOGITS), "square", LAST),
    "nn.log_softmax": Kind("logits", tuple(LOGITS), "square", LAST),
    "math.reduce_logsumexp": Kind(
        "logits", tuple(SUMMANDS), "square", ((("axis", -1), ("keepdims", False)),)
    ),
    "linalg.inv": Kind("general", draws.GENERAL, "square", ADJOINT),
    "linalg.solve": Kind("systems", draws.GENERAL, "system", ADJOINT),
    "linalg.det": Kind("general", draws.GENERAL, "square"),
    "linalg.slogdet": Kind("general", draws.GENERAL, "square"),
    "linalg.det, complex": Kind("complex general", complex_matrices.STRUCTURES, "square"),
    "linalg.slogdet, complex": Kind("complex general", complex_matrices.STRUCTURES, "square"),
    "linalg.lstsq": Kind("least squares", draws.FULL_RANK, "sided", draws.SOLVERS[1:4]),
    "linalg.eigh": Kind("symmetric", draws.HERMITIAN, "square"),
    "linalg.svd": Kind("rectangular", draws.ALL_SHAPES, "any", draws.FACTORS[1:2]),
    "linalg.pinv": Kind("rectangular", draws.RANKED, "any", draws.RCOND[1:3]),
    "linalg.cholesky": Kind("definite", draws.DEFINITE, "square"),
    "linalg.logdet": Kind("definite", draws.DEFINITE, "square"),
    "linalg.qr": Kind("rectangular", draws.ALL_SHAPES, "tall", draws.FULL[:1]),
    "linalg.expm": Kind("generators", tuple(GENERATORS), "square", scale=7),
}
DERIVATIVES = {"calculus.jacobian": functions.jacobians, "calculus.hessian": functions.hessians}


@dataclass
class Count:
    """What came of the members of a routine."""

    engines: Counter[str] = field(default_factory=Counter)
    violated: int = 0
    largest: float = 0.0


def main(words: list[str] | None = None) -> int:
    """Print the rows; 0 if no truth was violated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("routines", nargs="*", metavar="ROUTINE")
    parser.add_argument("--members", type=int, default=100_000, help="of up to 8 rows")
    parser.add_argument("--large", type=int, default=1_000, help="of 32 rows")
    parser.add_argument("--mpmath", action="store_true", help="in place of balls")
    given = parser.parse_args(words)
    violated = 0
    for name in given.routines or (*KINDS, *DERIVATIVES):
        for orders, members in ((SMALL, given.members), (LARGE, given.large)):
            if members and not (name in DERIVATIVES and orders is LARGE):
                count = judged(name, problems(name, orders, members), mpmath=given.mpmath)
                violated += count.violated
                say(row(name, orders, count))
    return int(violated > 0)


def problems(name: str, orders: tuple[int, ...], members: int) -> Iterator[Problem]:
    """At least so many members, the same number of each order and structure."""
    if name in DERIVATIVES:
        drawn = each(DERIVATIVES[name](DEPTH), -(-members // DEPTH))
        yield from drawn
        return
    kind = KINDS[name]
    depth = -(-members // (len(orders) * len(kind.structures)))
    for n in orders:
        for number, structure in enumerate(kind.structures):
            shapes = SHAPES[kind.shapes](n)
            sizes = shapes[number % len(shapes)]
            arguments = kind.arguments[number % len(kind.arguments)]
            for start in range(0, depth, DEPTH):
                asked = range(start, min(depth, start + DEPTH))
                yield problem(
                    Recipe(
                        kind.kind, depth, sizes, structure, CONDITION, kind.scale, "float64", n,
                        arguments, tuple(asked),
                    )
                )  # fmt: skip
    whole = problem(
        Recipe(kind.kind, 8, SHAPES[kind.shapes](orders[-1])[0], kind.structures[0], 0, 0,
               "float64", 0, kind.arguments[0])
    )  # fmt: skip
    yield replace(whole, inputs=tuple(np.zeros_like(array) for array in whole.inputs))


def judged(name: str, given: Iterator[Problem], *, mpmath: bool) -> Count:
    """Compare the truths of all members; what is violated or undecided is printed."""
    routine = routines()[name.partition(",")[0]]
    extra = {"eps": 2.0**-52} if routine.by_dtype else {}
    count = Count()
    for each_ in given:
        truth, sharp = (
            routine.reference(*each_.inputs, level=level, **extra, **each_.arguments)
            for level in (0, 0 if mpmath else 2)
        )
        if mpmath:
            found = np.where(held.by_mpmath(routine, each_, truth, extra) > 0, np.inf, 0.0)
        else:
            found = held.shares(name, truth, sharp)
        words = engines(name, truth)
        count.engines.update(words)
        count.violated += int((~(found <= 1)).sum())
        count.largest = max(count.largest, float(found.max()))
        members = each_.traits["member"]
        for word, which in (
            ("VIOLATED", ~(found <= 1)),
            ("undecided", np.array(words) == "nothing"),
        ):
            if which.any():
                say(f"{word}: {name}, members {members[which].tolist()} of {each_.recipe[:8]}")
    return count


def engines(name: str, truth: Truth) -> list[str]:
    """What proved each member; where rounding may do anything to a derivative, a kink did."""
    if name not in DERIVATIVES:
        return list(truth.engine)
    kinks = truth.quantities["overflow"].lower == 1
    told = zip(truth.engine, kinks.tolist(), strict=True)
    return ["at a kink" if kink else word for word, kink in told]


def row(name: str, orders: tuple[int, ...], count: Count) -> str:
    """A row of the table in docs/references.md."""
    total = count.engines.total()
    left = dict(count.engines)
    undecided = left.pop("nothing", 0)
    engines = ", ".join(f"{left[word]:,} {word}" for word in sorted(left, key=lambda w: -left[w]))
    rows = "1 to 8" if orders is SMALL else "32"
    return (
        f"| {name} | {rows} | {total:,} | {engines} | {undecided:,} | {count.violated:,} "
        f"| {count.largest:.2g} |"
    )


def say(line: str) -> None:
    """One line, at once."""
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
