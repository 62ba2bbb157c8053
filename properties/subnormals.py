"""Subnormal numbers as a class of their own.

`python -m properties.subnormals > docs/subnormals.md`.

Claims forgive what flushing to zero costs, so that it never owns every maximum, and problems hold
no subnormal number. Here functions of one number are set nothing else: subnormal arguments, and
normal ones of a gate whose results are subnormal. Each answer is judged twice by the bound of the
claim: strictly, in spacings of subnormal numbers, as IEEE 754 would have it; and leniently, where a
result may be flushed to zero, or to the smallest normal number, and an argument be taken for zero,
at a pole of which no number is due.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from properties.domains import DOMAINS
from properties.dtypes import DTYPES, Dtype
from properties.examine import truth_of
from properties.gated import gate_problems
from properties.modes import MODES, Backend, TensorFlow
from properties.registry import routines
from properties.routine import Array, Problem, Routine, evaluate, names_of
from properties.session import Session
from properties.workers import Worker
from reports.figures import share_text
from reports.record import NOT_OFFERED, share_of
from reports.subnormal import (
    ARGUMENTS,
    FLUSHED,
    KEPT,
    RESULTS,
    TAKEN,
    VERDICTS,
    WRONG,
    Treated,
    save,
)

BLOCK = "subnormal"  # the block of an audit that sets them
WIDTH = 16  # numbers of a member: one shape, for each is compiled
Wide = NDArray[np.longdouble]


@dataclass(frozen=True)
class Judged:
    """Entries of one call: how each was treated, and its share of the bound, strictly."""

    verdicts: NDArray[np.str_]
    shares: NDArray[np.float64]
    told: NDArray[np.longdouble]  # of each entry the argument, the answer, the exact result


def functions() -> dict[str, Routine]:
    """Real functions of one number, by name: those that all numbers of 16 bits are set to."""
    return {name: routine for name, routine in routines().items() if set_apart(routine)}


def set_apart(routine: Routine) -> bool:
    """Whether a routine is a real function of one number."""
    return routine.of_numbers and routine.every is not None and not routine.pullback


def arguments(routine: Routine, dtype: Dtype) -> Problem | None:
    """Subnormal numbers of every binade and both signs, as far as the domain holds them."""
    some = gate_problems(routine)[0]
    domain = DOMAINS[some.traits["structure"][0]]
    spacing = dtype.min_exponent - dtype.bits + 1
    exponents = np.linspace(spacing, dtype.min_exponent - 1, WIDTH).round().astype(np.int64)
    ones = np.ldexp(np.ones(WIDTH), exponents)
    below = ones + ones - np.ldexp(1.0, spacing)  # the last of each binade
    x = np.stack([ones, -ones, below, -below])
    inside = domain.inside(x).all(axis=1)
    return _problem(x[inside], some) if inside.any() else None


def results(routine: Routine, dtype: Dtype) -> Problem | None:
    """The normal arguments of a gate's problems whose results are subnormal."""
    found: list[float] = []
    some = None
    for problem in gate_problems(routine):
        if dtype in problem.dtypes and not np.iscomplexobj(problem.inputs[0]):
            some = some or problem
            exact = _exact(routine, problem, dtype)
            size = np.abs(exact)
            found += problem.inputs[0][(size > 0) & (size < dtype.tiny)].tolist()
    if some is None or not found:
        return None
    x = np.unique(found)
    return _problem(np.resize(x, (max(1, len(x) // WIDTH), WIDTH)), some)


def _problem(x: Array, some: Problem) -> Problem:
    return Problem(
        inputs=(x,),
        sizes={"n": x.shape[1]},
        traits={"structure": np.resize(some.traits["structure"], len(x))},
        recipe=(),
        arguments=some.arguments,
    )


def _exact(routine: Routine, problem: Problem, dtype: Dtype) -> Wide:
    """The exact results to 64 bits and beyond the range of float64; NaN where none is proved."""
    truth = truth_of(routine, problem, dtype, 0)
    part = truth.parts[0]
    value = part.hi.astype(np.longdouble) + part.lo
    value = np.where(np.isfinite(part.radius), value, np.nan)
    return np.asarray(np.ldexp(value, part.exponent[:, None].astype(np.int32)))


def judged(routine: Routine, problem: Problem, dtype: Dtype, mode: str, answer: Array) -> Judged:
    """Each entry, strictly and leniently, by the bound of the claim about all of them."""
    truth = truth_of(routine, problem, dtype, 0)
    names = names_of(routine, problem, truth, dtype, mode)
    bound = np.broadcast_to(evaluate(routine.claims[0].bound, names).upper, answer.shape)
    exact = _exact(routine, problem, dtype)
    share = share_of(_ulps(answer, exact, dtype), bound)
    (x,) = problem.inputs
    at_zero = np.where(x > 0, *(_at_zero(routine, problem, dtype, sign) for sign in (1.0, -1.0)))
    pole = np.isnan(at_zero) & ~np.isfinite(answer)
    as_zero = pole | (share_of(_ulps(answer, at_zero, dtype), bound) <= 1)
    flushed = (np.abs(exact) < dtype.tiny) & (
        (answer == 0) | ((np.abs(answer) == dtype.tiny) & (answer * exact > 0))
    )
    taken = (np.abs(x) < dtype.tiny) & as_zero
    verdicts = np.select([share <= 1, flushed, taken], [KEPT, FLUSHED, TAKEN], WRONG)
    known = np.isfinite(exact)
    told = np.stack([x, answer, exact], axis=-1)
    return Judged(verdicts[known], share[known], told[known])


def _at_zero(routine: Routine, problem: Problem, dtype: Dtype, sign: float) -> np.longdouble:
    """The exact result at a zero of that sign; NaN where it has none."""
    try:
        nothing = _problem(np.array([[sign * 0.0]]), problem)
        return np.longdouble(_exact(routine, nothing, dtype)[0, 0])
    except (ValueError, ZeroDivisionError):  # a pole
        return np.longdouble(np.nan)


def _ulps(answer: Array, exact: Wide, dtype: Dtype) -> NDArray[np.float64]:
    """|answer - exact| in spacings of the dtype there, subnormal ones too; infinite of NaN."""
    binade = np.where(exact == 0, dtype.min_exponent, np.frexp(exact)[1] - 1)
    exponent = np.maximum(binade, dtype.min_exponent) - dtype.bits + 1
    with np.errstate(all="ignore"):
        far = np.ldexp(np.abs(answer.astype(np.longdouble) - exact), -exponent)
    beyond = (np.abs(exact) > dtype.max) & np.isinf(answer) & (np.signbit(answer) == (exact < 0))
    return np.where(beyond, 0.0, np.where(np.isnan(far), np.inf, far)).astype(np.float64)


def measure(routine: Routine, session: Session) -> None:
    """Set a function subnormal numbers alone, and write what came of it into the run."""
    backend = next(b for b in session.backends if isinstance(b, TensorFlow))
    save(session.run, routine.name, rows(backend, routine, session.modes, session.dtypes))


def rows(
    backend: Backend,
    routine: Routine,
    modes: Sequence[str] = MODES,
    dtypes: Sequence[str] = tuple(DTYPES),
) -> Iterator[Treated]:
    """All dtypes and modes of one function."""
    for dtype in (DTYPES[name] for name in routine.dtypes if name in dtypes):
        for kind, made in ((ARGUMENTS, arguments), (RESULTS, results)):
            problem = made(routine, dtype)
            if problem is None:
                continue
            truth = truth_of(routine, problem, dtype, 0)
            for mode in modes:
                got = backend.answer(routine, problem, dtype, mode, truth)
                if (got.words == NOT_OFFERED).all():
                    continue
                found = judged(routine, problem, dtype, mode, got.arrays[0])
                counts = tuple(int((found.verdicts == word).sum()) for word in VERDICTS)
                forgiven = np.isin(found.verdicts, (FLUSHED, TAKEN))
                wrong = found.told[found.verdicts == WRONG][:1].ravel()
                yield Treated(
                    routine.name, kind, dtype.name, mode, counts,
                    float(found.shares.max(initial=0.0)),
                    float(found.shares[~forgiven].max(initial=0.0)),
                    tuple(f"{value:.9g}" for value in wrong),
                )  # fmt: skip


HEAD = """\
# Subnormal numbers

How functions of one number treat subnormal arguments, and normal ones whose results are subnormal:
a class of its own, so that what flushing costs owns no maximum elsewhere. *Strict* is the largest
share of the claim's bound in spacings of subnormal numbers, as IEEE 754 would have it; *lenient*
the same where results may be flushed to zero or to the smallest normal number and arguments be
taken for zero, which is how all other pages judge results. *Wrong* is neither. Modes that agree
share a row. Made by `python -m properties.subnormals > docs/subnormals.md`.

"""


def page(found: Sequence[Treated]) -> str:
    """The document."""
    told = [HEAD]
    for kind in (ARGUMENTS, RESULTS):
        of = [row for row in found if row.kind == kind]
        sums = [sum(row.counts[i] for row in of) for i in range(len(VERDICTS))]
        share = ", ".join(f"{n:,} {word}" for n, word in zip(sums, VERDICTS, strict=True))
        told.append(f"## Subnormal {kind}\n\nOf {sum(sums):,} answers {share}.\n\n")
        told.append(f"| function | dtype | modes | {' | '.join(VERDICTS)} | strict | lenient |\n")
        told.append(f"|---|---|---|{'---:|' * (len(VERDICTS) + 2)}\n")
        groups: dict[tuple[object, ...], list[str]] = {}
        for row in of:
            key = row.routine, row.dtype, row.counts, share_text(row.strict)
            groups.setdefault((*key, share_text(row.lenient)), []).append(row.mode)
        for (name, dtype, counts, strict, lenient), modes in groups.items():
            cells = " | ".join(map(str, counts))  # type: ignore[call-overload]
            told.append(
                f"| {name} | {dtype} | {', '.join(modes)} | {cells} | {strict} | {lenient} |\n"
            )
        told.append("\n")
    wrong = [row for row in found if row.wrong]
    told.append("## Wrong\n\nNeither right nor what zero would get, by an argument of each.\n\n")
    told.append(
        "| function | dtype | mode | argument | answer | true |\n|---|---|---|---:|---:|---:|\n"
    )
    told += [f"| {' | '.join([r.routine, r.dtype, r.mode, *r.wrong])} |\n" for r in wrong]
    return "".join(told).rstrip("\n") + "\n"


def main() -> None:
    """Measure all functions in all modes, and write the page."""
    worker = Worker()
    backend = TensorFlow(worker)
    found = [row for routine in functions().values() for row in rows(backend, routine)]
    worker.stop()
    sys.stdout.write(page(found))


if __name__ == "__main__":
    main()
