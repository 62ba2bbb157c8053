"""Every reader against some hostile files; `python -m tests.fuzz` sets any number of them."""

from __future__ import annotations

from pathlib import Path
from typing import Never

import pytest

from tests.fuzz import TARGETS, Target, faults, whole


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return whole(tmp_path_factory.mktemp("whole"))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # hostile columns overflow
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_hostile_file_is_read_or_refused_in_one_line(folder, target):
    target.read(folder)  # the good one is read
    assert not [*faults(folder, target, range(30 if target.dear else 200))]


def test_the_fuzz_notices_a_reader_that_raises_anything_else(folder):
    def careless(place: Path) -> Never:
        raise KeyError(place.name)

    target = Target("careless", "times.json", careless)
    assert len([*faults(folder, target, range(3))]) == 3
