"""What the records of one stack add up to: all its cells in one pass over arrays."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.histogram import BINS, bins
from reports.record import BROKEN, HELD, VERDICTS, Records, settled, share_of


class Tally(NamedTuple):
    """A row for each cell.

    `verdicts`: members by verdict. `share` (C, B): zero where nothing was compared. `histogram`:
    members by the bin of their share, those without an error left out; `zeros` counts these.
    `largest`: the largest share, NaN where nothing was compared.
    """

    verdicts: NDArray[np.int64]
    share: NDArray[np.float64]
    histogram: NDArray[np.int64]
    zeros: NDArray[np.int64]
    largest: NDArray[np.float64]


def tally(records: Sequence[Records]) -> Tally:
    """Count the records of one stack, a few operations on arrays however many cells it has."""
    error, bound, verdict = (
        np.array([getattr(each, name) for each in records])
        for name in ("error", "bound", "verdict")
    )
    members = verdict.shape[1]
    verdicts = _by_row(verdict, len(VERDICTS))
    compared = verdicts[:, HELD] + verdicts[:, BROKEN]
    share = settled(share_of(error, bound), verdict)
    if (compared < members).any():
        share = np.where((verdict == HELD) | (verdict == BROKEN), share, 0.0)
    positive = np.count_nonzero(share > 0, axis=1)
    histogram = _by_row(bins(share), BINS)
    histogram[:, 0] -= members - positive  # where bins counts what is no share
    largest = np.where(compared > 0, share.max(axis=1, initial=0.0), np.nan)
    return Tally(verdicts, share, histogram, compared - positive, largest)


def _by_row(codes: NDArray, count: int) -> NDArray[np.int64]:
    """How often each of `count` codes occurs in each row: (C, count)."""
    rows = np.arange(len(codes)) * count
    counts = np.bincount((codes + rows[:, None]).ravel(), minlength=count * len(codes))
    return counts.reshape(len(codes), count)


def digest_of(records: Records) -> int:
    """A hash of every bit of the records of one stack."""
    columns = (records.error, records.bound, records.verdict)
    return hash_of((records.stack, *records.cell), *columns)


def hash_of(words: Iterable[str], *columns: NDArray) -> int:
    """128 bits of SHA-256, which processors compute at twice the pace of others."""
    hashed = hashlib.sha256("\0".join(words).encode())
    for column in columns:
        hashed.update(np.ascontiguousarray(column).data)
    return int.from_bytes(hashed.digest()[:16], "little")
