"""Pools, convolutions and picked entries against answers known by hand, or by another road."""

from __future__ import annotations

import numpy as np
import pytest

from properties.registry import routines
from references import numeric_windows, picks, windows
from tests.exactness import normal
from tests.test_rest_of_linalg import audited, problems

AUDITED = sorted(
    name for name, routine in routines().items() if "windows:" in routine.call and routine.audit
)


def plain(truth, part=0):
    """The numbers of the only member."""
    found = truth.parts[part]
    return np.ldexp(found.hi[0] + found.lo[0], found.exponent[0]).tolist()


def test_windows_pad_the_odd_place_at_the_end():
    where, shape = windows.at((4,), (2,), 1, "SAME")
    assert where.tolist() == [[0, 1], [1, 2], [2, 3], [3, -1]] and shape == (4,)
    where, shape = windows.at((5,), (3,), 2, "SAME")
    assert where.tolist() == [[-1, 0, 1], [1, 2, 3], [3, 4, -1]] and shape == (3,)
    where, shape = windows.at((5,), (2,), 1, "VALID", 2)
    assert where.tolist() == [[0, 2], [1, 3], [2, 4]] and shape == (3,)


def test_pools_by_hand():
    x = np.array([[[1.0], [5.0], [-2.0]]])
    options = {"ksize": (2,), "strides": (1,), "padding": "SAME"}
    assert plain(windows.max_pool(x, **options)) == [[5], [5], [-2]]
    mean = windows.avg_pool(x, **options)
    assert plain(mean) == [[3], [1.5], [-2]]
    assert mean.quantities["terms"].upper[0].tolist() == [[1], [1], [0]]


def test_dilation_keeps_what_a_sum_of_floats_loses():
    x = np.zeros((1, 1, 2, 1))
    x[0, 0, :, 0] = 1.0, 1.0 - 2.0**-53
    f = np.zeros((1, 1, 2, 1))
    f[0, 0, :, 0] = 2.0**-60, 2.0**-53
    options = {"strides": (1, 1), "padding": "VALID", "dilations": (1, 1)}
    part = windows.dilation2d(x, f, **options).parts[0]
    assert (part.hi.item(), part.lo.item(), part.radius.item()) == (1, 2.0**-60, 0)
    eroded = windows.erosion2d(-x, f[:, :, ::-1], **options).parts[0]
    assert (eroded.hi.item(), eroded.lo.item()) == (-1, -(2.0**-60))


def test_convolutions_by_hand():
    x = np.array([[[1.0], [2.0], [4.0]]])
    f = np.array([[[[1.0]], [[10.0]]]])
    options = {"strides": 1, "padding": "SAME"}
    found = windows.convolution(x, f, **options)
    assert plain(found) == [[21], [42], [4]]
    assert found.quantities["terms"].upper[0].tolist() == [[2], [2], [1]]
    back = windows.transposed(x, f, output_shape=(3, 1), **options)
    assert plain(back) == [[1], [12], [24]]


def test_transposes_are_transposes():
    """<conv x, y> = <x, transposed y>, with the filter's transpose too."""
    x, f, y = normal(1, 1, 5, 6, 3), normal(2, 1, 2, 3, 3, 2), normal(3, 1, 3, 3, 6)
    options = {"strides": (2, 2), "padding": "SAME"}
    forward = np.array(plain(windows.depthwise(x, f, **options)))
    back = np.array(plain(windows.depthwise_input(y, f, output_shape=(5, 6, 3), **options)))
    across = np.array(plain(windows.depthwise_filter(x, y, filter_shape=(2, 3, 3, 2), **options)))
    sums = (forward * y[0]).sum(), (back * x[0]).sum(), (across * f[0]).sum()
    assert np.allclose(sums, sums[0], rtol=1e-13)
    assert np.allclose(forward, numeric_windows.depthwise(x[0], f[0], **options)[0], rtol=1e-13)


def test_picked_entries_by_hand():
    x = np.array([[3.0, -1.0, 3.0, 2.0]])
    top = picks.top_k(x, k=3)
    assert plain(top) == [3, 3, 2] and plain(top, 1) == [0, 2, 3]
    assert plain(picks.segment_min(x, segment_ids=(0, 0, 2, 2))) == [-1, 0, 2]
    lowest = picks.unsorted_segment_max(x, segment_ids=(2, 2, 0, 0), num_segments=3, eps=2.0**-10)
    assert plain(lowest) == [3, -65504, 3]
    inside = [plain(picks.in_top_k(np.array([2.0]), x, k=k)) for k in (1, 2)]
    assert inside == [1, 1]
    assert plain(picks.in_top_k(np.array([3.0]), x, k=2)) == 0


@pytest.mark.parametrize("name", AUDITED)
def test_audits_agree(name):
    routine = routines()[name]
    assert sum(audited(routine, problem) for problem in problems(routine)) > 0
