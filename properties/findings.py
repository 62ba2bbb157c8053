"""A break as a person reads it: exact input, got, true to 20 digits, and how to replay it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from properties import recipes
from properties.dtypes import DTYPES
from properties.examine import Examined, truth_of
from properties.judge import BECAUSE_HONESTY
from properties.makers import Recipe
from properties.routine import Problem, Routine
from references.operations import source
from references.truth import LEVELS, Enclosure, Truth
from reports.cases import array_of, exact, repeats, share, writable
from reports.record import HONESTY, Finding, Records

DIGITS = Context(prec=20)
WIDE = Context(prec=60)
SHOWN = 6  # entries of an array that a message shows


def finding_of(
    routine: Routine,
    problem: Problem,
    examined: Examined,
    records: Records,
    member: int,
    known: str,
    environment: Mapping[str, str],
) -> Finding:
    """All about one member that breaks one claim."""
    cell = records.cell
    outcomes = examined.outcomes[cell.dtype, cell.mode, cell.backend]
    truth = examined.truths[cell.dtype]
    claim = next((c for c in routine.claims if c.name == cell.claim), None)
    message = outcomes.messages.get(member, "")
    return Finding(
        cell=cell,
        digest=problem.digests[member],
        recipe=problem.recipe,
        member=int(problem.traits["member"][member]),
        arguments=dict(problem.arguments),
        traits={
            **problem.sizes,
            **{name: column[member].item() for name, column in problem.traits.items()},
        },
        inputs=_written([array[member] for array in problem.inputs], cell.dtype),
        got=_written([array[member] for array in outcomes.arrays], cell.dtype),
        true=true_of(truth, member),
        error=float(records.error[member]),
        bound=float(records.bound[member]),
        formula=claim.bound if claim else "1",
        because=claim.because if claim else BECAUSE_HONESTY,
        condition={
            name: float(column[member]) for name, column in examined.stack.quantities.items()
        },
        outcome=f"{outcomes.words[member]}{': ' + message if message else ''}"
        if cell.claim == HONESTY
        else str(outcomes.words[member]),
        engines=(truth.engine[member], "mpmath") if routine.audit else (truth.engine[member],),
        call=routine.call,
        environment=dict(environment),
        known=known,
        source=source(problem.arguments["tree"]) if "tree" in problem.arguments else "",
    )


def _written(arrays: Sequence[NDArray[Any]], dtype: str) -> tuple[dict[str, Any], ...]:
    """The arrays as plain data; nothing of long rows, which the recipe makes anew."""
    return tuple(exact(x, dtype) for x in arrays) if all(map(writable, arrays)) else ()


def true_of(truth: Truth, member: int) -> tuple[dict[str, Any], ...]:
    """The exact answer of one member as a finding stores it; parts without a value are left out."""
    return tuple(
        {
            "dtype": "decimal",
            "shape": list(part.hi[member].shape),
            "values": decimals(part, member)[: 1 if repeats(part.hi[member]) else None],
        }
        for part in truth.parts
        if np.isfinite(part.radius[member]).all() and writable(part.hi[member])
    )


def sharpened(finding: Finding, routine: Routine, problem: Problem, member: int) -> Finding:
    """The same finding with its true answer as sharp as the reference can: 20 proved digits.

    A verdict may rest on a wider radius, and the digits beyond that would be no more than likely.
    """
    if not finding.inputs:  # long rows have one level
        return finding
    alone = problem.select(np.array([member]))
    truth = truth_of(routine, alone, DTYPES[finding.cell.dtype], LEVELS - 1)
    true = true_of(truth, 0)
    if len(true) < len(finding.true):
        return finding
    return replace(finding, true=true, engines=(truth.engine[0], *finding.engines[1:]))


def problem_of(finding: Finding) -> Problem:
    """The stack of one that a finding stores, from its exact inputs and not from its recipe.

    Long rows alone are made anew.
    """
    if not finding.inputs:
        return recipes.problem(Recipe(*finding.recipe)._replace(members=(finding.member,)))
    sizes = {name: v for name, v in finding.traits.items() if len(name) == 1}
    return Problem(
        inputs=tuple(array_of(part)[None] for part in finding.inputs),
        sizes=sizes,
        traits={name: np.array([v]) for name, v in finding.traits.items() if name not in sizes},
        recipe=finding.recipe,
        arguments=dict(finding.arguments),
    )


def decimals(part: Enclosure, member: int) -> list[str]:
    """The exact entries of one member to 20 digits."""
    if np.iscomplexobj(part.hi):
        sides = (
            Enclosure(hi, lo, part.radius, part.exponent)
            for hi, lo in ((part.hi.real, part.lo.real), (part.hi.imag, part.lo.imag))
        )
        return [f"{re} {im}" for re, im in zip(*(decimals(s, member) for s in sides), strict=True)]
    scale = Decimal(2) ** int(part.exponent[member])
    pairs = zip(part.hi[member].ravel().tolist(), part.lo[member].ravel().tolist(), strict=True)
    return [
        str(DIGITS.multiply(WIDE.add(Decimal(hi), Decimal(lo)), scale)).lower() for hi, lo in pairs
    ]


def explain(finding: Finding, replay: str) -> str:
    """A message to a person: routine, claim, input, got, true, error, bound, because, replay."""
    cell = finding.cell
    dtype = DTYPES[cell.dtype]
    lines = [
        (
            f"{cell.routine} breaks its claim {cell.claim!r} in {cell.dtype}, {cell.mode}: the "
            f"error is {finding.error:.4g} eps, {share(finding):.3g} times the bound of "
            f"{finding.bound:.4g} eps (eps = 2^{round(np.log2(dtype.eps))})"
        ),
        f"  bound    {finding.formula}",
        f"  because  {finding.because}",
        f"  outcome  {finding.outcome}",
        f"  recipe   {finding.recipe}, member {finding.member}",
        f"  made of  {_pairs(finding.traits)}",
        f"  exactly  {_pairs({k: f'{v:.4g}' for k, v in finding.condition.items()})}",
    ]
    lines += [f"  input    {short(part)}" for part in finding.inputs]
    lines += ["  input    too long to be written down: the recipe makes it"] * (not finding.inputs)
    lines += [f"  got      {short(part)}" for part in finding.got]
    lines += [f"  true     {short(part)}" for part in finding.true]
    return "\n".join(
        [*lines, f"  proved   by {' and '.join(finding.engines)}", f"  replay   {replay}"]
    )


def replay_command(path: Path) -> str:
    """What to type to see one finding again."""
    return f"python -m pytest properties --replay {os.path.relpath(path)}"


def _pairs(values: Mapping[str, Any]) -> str:
    return "  ".join(f"{name}={value}" for name, value in values.items())


def short(part: Mapping[str, Any]) -> str:
    """The first entries of an array, in decimals."""
    values = part["values"]
    if part["dtype"] != "decimal":
        values = [
            " ".join(f"{float.fromhex(side):.17g}" for side in v.split(" ")) for v in values[:SHOWN]
        ]
    more = f" ... {len(part['values'])} in all" if len(part["values"]) > SHOWN else ""
    return f"{part['dtype']}{part['shape']} {', '.join(values[:SHOWN])}{more}"
