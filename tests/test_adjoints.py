"""Gradients of linear calls against members known by hand, and against inner products."""

from fractions import Fraction

import numpy as np
import pytest

from properties.registry import routines
from references import adjoints
from references.numeric_adjoints import adjoint, forward
from references.pullbacks_of_picks import opinion, segment_max, unsorted_segment_min

LINEAR = tuple(name for name, one in routines().items() if one.call.endswith(":adjoint"))
RNG = np.random.default_rng(7)


def value(truth):
    """What a truth says of its first part, as floats."""
    part = truth.parts[0]
    shape = (-1, *(1,) * (part.hi.ndim - 1))
    return (part.hi + part.lo) * np.exp2(part.exponent).reshape(shape)


def test_there_are_linear_routines_to_test():
    assert len(LINEAR) == 28


def test_of_a_product_by_its_first_factor():
    b, above = np.array([[[1.0, 2], [3, 5]]]), np.array([[[1.0, 10]]])
    found = adjoints.pulled(b, above, of="linalg.matmul", by=0, shape=(1, 2))
    assert value(found).tolist() == [[[21.0, 53.0]]]
    assert found.quantities["size"].upper[0, 0, 0] == pytest.approx(21)
    assert found.quantities["terms"].upper.tolist() == [[[2.0, 2.0]]]


def test_of_an_adjoint_it_is_of_the_conjugate_of_what_comes_from_above():
    b, above = np.array([[[2 + 1j]]]), np.array([[[0 + 1j]]])
    told = {"of": "linalg.matmul", "by": 0, "shape": (1, 1)}
    assert value(adjoints.pulled(b, above, **told))[0, 0, 0] == (2 - 1j) * 1j
    turned = adjoints.pulled(b, above, **told, adjoint_a=True)
    assert value(turned)[0, 0, 0] == (2 + 1j) * -1j  # conj(a) (2 + i): by a, conj(w conj(2 + i))


def test_of_a_vector_product_it_is_one():
    b, above = np.array([[1.0, 2, 3]]), np.array([[0.0, 0, 1]])
    found = adjoints.pulled(b, above, of="linalg.cross", by=0, shape=(3,))
    assert value(found).tolist() == np.cross(b, above).tolist()


def test_of_diagonals_that_are_not_used_nothing_goes_back():
    rhs, above = np.array([[[2.0], [3.0]]]), np.array([[[5.0], [7.0]]])
    found = adjoints.pulled(rhs, above, of="linalg.tridiagonal_matmul", by=0, shape=(3, 2))
    assert value(found).tolist() == [[[15.0, 0.0], [10.0, 21.0], [0.0, 14.0]]]
    assert found.parts[0].radius[0, 0, 1] == found.parts[0].radius[0, 2, 0] == 0


def test_of_a_running_sum_it_runs_back():
    found = adjoints.pulled(np.array([[1.0, 10, 100]]), of="math.cumsum", by=0, shape=(3,))
    assert value(found).tolist() == [[111.0, 110.0, 100.0]]


def test_of_means_by_the_number_of_entries():
    told = {"segment_ids": (0, 0, 0, 1), "num_segments": 3}
    above = np.array([[1.0, 2, 4]]) * 2.0**-1000
    mean = adjoints.shared(above, of="math.unsorted_segment_mean", by=0, shape=(4,), **told)
    third = mean.parts[0]
    power = Fraction(2) ** int(third.exponent[0] + 1000)
    found = (Fraction(third.hi[0, 0]) + Fraction(third.lo[0, 0])) * power
    assert abs(found - Fraction(1, 3)) <= Fraction(third.radius[0, 0]) * power
    assert value(mean)[0, 3] == 2.0**-999
    call = "math.unsorted_segment_sqrt_n"
    root = value(adjoints.shared(above, of=call, by=0, shape=(4,), root=True, **told))
    assert root[0, 0] == pytest.approx(2.0**-1000 / 3**0.5, rel=1e-15)


def test_what_computes_with_its_other_operand_is_refused():
    with pytest.raises(ValueError, match="computes with its other operand"):
        adjoints.pulled(np.ones((1, 3)), np.ones((1,)), of="linalg.einsum", by=0, shape=(2,),
                        equation="bi,bj->b")  # fmt: skip


@pytest.mark.parametrize("name", LINEAR)
def test_truths_are_inner_products(name):
    """<w, J e> = <J^T w, e> of every unit e, of small whole numbers."""
    for shapes, arguments in routines()[name].problems.keywords["places"]:
        inputs = [RNG.integers(-8, 8, (2, *shape)).astype(float) for shape in shapes]
        truth = routines()[name].reference(*inputs, **dict(arguments))
        for i in range(2):
            (found,) = adjoint(*(a[i] for a in inputs), **dict(arguments))
            assert value(truth)[i] == pytest.approx(found, rel=1e-15, abs=0)


def test_opinions_of_arrangements_are_of_one_member():
    (found,) = forward("linalg.set_diag")(np.zeros((2, 2)), np.array([1.0, 2]), k=0)
    assert found.tolist() == [[1, 0], [0, 2]]


def test_equal_entries_of_a_segment_share():
    data, above = np.array([[3.0, 3, 1, 2]]), np.array([[9.0, 5]])
    found = segment_max(data, above, segment_ids=(0, 0, 0, 1))
    assert value(found).tolist() == [[4.5, 4.5, 0, 5]]
    assert found.quantities["shared"].upper[0, :2] == pytest.approx([4.5, 4.5])
    assert found.parts[0].radius[0, 2:].tolist() == [0, 0]
    (again,) = opinion(data[0], above[0], segment_ids=(0, 0, 0, 1))
    assert again.tolist() == [4.5, 4.5, 0, 5]


def test_what_is_in_no_segment_gets_nothing():
    told = {"segment_ids": (1, -1, 1), "num_segments": 2}
    data, above = np.array([[2.0, -7, 3]]), np.array([[1.0, 6]])
    assert value(unsorted_segment_min(data, above, **told)).tolist() == [[6, 0, 0]]
    (again,) = opinion(data[0], above[0], least=True, **told)
    assert again.tolist() == [6, 0, 0]
