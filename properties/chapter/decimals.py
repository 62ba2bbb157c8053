"""Sums of decimals: off as little as two roundings, and right once they are rounded afterwards."""

from __future__ import annotations

from properties.chapter.draws import decimals
from properties.faults import coarse
from properties.measures import absolute, entrywise
from properties.routine import Claim, Fault, Routine
from properties.verify import verify
from references.decimals import audited_sum, decimal_sum


def _rounded_before(tf, call, i, j):
    """Each term to its one decimal, which it has: nothing is gained, as the chapter shows."""
    total, _ = call(i, j)
    return total, total


def _cut_off(tf, call, i, j):
    total, _ = call(i, j)
    return total, tf.floor(total * 10) / 10


def _times_a_tenth(tf, call, i, j):
    """A multiplication in the place of each division."""
    total = i * 0.1 + j * 0.1
    return total, tf.round(total * 10) * 0.1


DECIMALS = Routine(
    name="chapter.decimal_sum",
    call="properties.chapter.calls:decimal_sum",
    problems=decimals,
    reference=decimal_sum,
    audit=audited_sum,
    claims=(
        Claim(
            name="sum",
            measure=absolute(0),
            bound="0.5*(reach + total + 0.5*eps*reach)",
            relative=False,
            because="IEEE division and addition are rounded to nearest: each term is off by half "
            "an eps of itself, and the sum of both by half an eps of what it comes to",
        ),
        Claim(
            name="rounded",
            measure=entrywise(1),
            bound="0.5",
            unless="2*eps*(5*reach + 11*total)",
            because="ten times the sum is within half of the whole number i + j, which tf.round "
            "finds; i + j over ten is rounded once: the number nearest to the decimal",
        ),
    ),
    faults=(
        Fault("rounded before and not afterwards", _rounded_before),
        Fault("cut off", _cut_off),
        Fault("times a tenth", _times_a_tenth),
        Fault("half the digits of the answer",
              lambda tf, call, i, j: tuple(coarse(tf, part) for part in call(i, j))),
    ),
)  # fmt: skip

test_decimals = verify(DECIMALS)
