"""What the claims about merged pulses and normal numbers stand on."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import sympy
from numpy.typing import NDArray

from analogtheory.claims import Run
from analogtheory.kernels.interpreter import Edit, Interpreter, edited
from analogtheory.kernels.numpy_printer import numpy_function
from analogtheory.kernels.statements import Builder
from analogtheory.proofs.merged_law import merged_pulses_law
from analogtheory.proofs.merged_setting import FORMULAS, before_clipping, bits_of, executed
from analogtheory.proofs.normal_numbers import _DOUBLE, _SINGLE, Sampler, largest_normal_number
from analogtheory.proofs.normal_numbers_setting import Reals, TooLong, Words, intervals
from analogtheory.simulation.merged import merged_update

SAMPLERS = pytest.mark.parametrize("sampler", [_SINGLE, _DOUBLE], ids=["single", "double"])


def numbers(sampler: Sampler, words: NDArray[Any]) -> NDArray[Any]:
    """What the kernels draw: the words in the rows, one pair of numbers a column."""
    bits = np.uint32 if sampler.precision == 32 else np.uint64
    with np.errstate(over="ignore"):
        return np.array(numpy_function(sampler.function)(*words.astype(bits)))


@SAMPLERS
def test_an_interval_holds_every_number_of_its_words(sampler: Sampler) -> None:
    """Boxes of many lengths, 200 draws in each: the first, the last and those between."""
    generator = np.random.default_rng(1)
    names, tried = (*sampler.radial, *sampler.angular), 0
    for length, _ in itertools.product([0, 3, 2**10, 2**20, 2**29], range(8)):
        low = generator.integers(0, 2**32 - length, len(names))
        low[len(sampler.radial)] &= 0xC0000000  # so that a box keeps to its quadrant
        box = {name: Words(int(k), int(k) + length) for name, k in zip(names, low, strict=True)}
        try:
            found = Interpreter(sampler.function, box, intervals(sampler.precision)).results()
        except TooLong:
            continue
        tried += 1
        words = low[:, None] + generator.integers(0, length + 1, (len(names), 200))
        words[:, 0], words[:, 1] = low, low + length
        for drawn, (least, most) in zip(numbers(sampler, words), found, strict=True):
            assert least <= drawn.min()
            assert drawn.max() <= most
            assert length or least == most == drawn[0]
    assert tried >= 20


@SAMPLERS
def test_the_largest_number_is_drawn(sampler: Sampler) -> None:
    words = np.zeros((len(sampler.radial) + len(sampler.angular), 1))
    words[len(sampler.radial)] = 2**29
    assert np.abs(numbers(sampler, words)).max() == sampler.at_least_u()


def test_intervals_that_decide_nothing_are_refused() -> None:
    operations = intervals(32).operations
    one = np.float32(1)
    with pytest.raises(TooLong):
        operations["sqrt"](Reals(-one, one))
    with pytest.raises(TooLong):
        operations["div"](Reals(one, one), Reals(-one, one))
    with pytest.raises(TooLong):
        operations["odd"](Words(2, 3))


def test_the_square_of_a_name_is_not_negative() -> None:
    around = Reals(np.float32(-2), np.float32(1))
    assert intervals(32).operations["mul"](around, around) == (0, 4)
    assert intervals(32).operations["mul"](around, Reals(*around)) == (-2, 4)


def test_a_choice_that_is_no_maximum_is_refused() -> None:
    x, y = sympy.symbols("x y", real=True)
    for swapped in (False, True):
        b = Builder()
        is_larger = b.op("gt", "x", "y")
        chosen = b.op("select", is_larger, *(("y", "x") if swapped else ("x", "y")))
        function = b.function("larger", ("x", "y"), chosen)
        if swapped:
            with pytest.raises(ValueError, match="neither decided nor a maximum"):
                executed(function, {"x": x, "y": y})
        else:
            assert executed(function, {"x": x, "y": y}) == (sympy.Max(x, y),)


def test_a_kernel_that_clips_elsewhere_is_refused() -> None:
    kernel = merged_update(64, 31, is_noisy=True)
    assert before_clipping(kernel)
    with pytest.raises(ValueError, match="does not end by clipping"):
        before_clipping(edited(kernel, Edit("gt", "high", 1, "low")))


@pytest.mark.parametrize(("most", "values"), [(1, [1]), (31, [16, 8, 4, 2, 1]), (40, [32, 16])])
def test_the_bits_of_a_count(most: int, values: list[int]) -> None:
    bits = bits_of(merged_update(64, most, is_noisy=False))
    assert [bit.value for bit in bits][: len(values)] == values
    assert bits[0].left_before == "count"
    assert [bit.left for bit in bits[:-1]] == [bit.left_before for bit in bits[1:]]


def test_formulas_of_one_count() -> None:
    """Six pulses: S = 1 + a + … + a⁵."""
    kernel, a = merged_update(64, 7, is_noisy=False), sympy.Symbol("a", real=True)
    values = {"w": 0, "up": True, "count": sympy.Integer(6), "q": 1, "growth": a - 1, "dw_min": 1}
    found = Interpreter(kernel, values, FORMULAS).value(before_clipping(kernel))
    assert sympy.expand(found - sum(a**k for k in range(6))) == 0


@pytest.mark.parametrize(
    "edit",
    [
        Edit("add", 1.0, 0, 0.0),
        Edit("sub", 4.0, 1, 2.0),
        Edit("ge", 1.0, 1, 0.0),
        Edit("add", "w", 0, 0.0),
        Edit("mul", "noise", 0, 1.0),
        Edit("select", "up", 2, "w"),
    ],
    ids=str,
)
def test_other_faults_of_a_kernel_are_no_proof(edit: Edit) -> None:
    assert not merged_pulses_law.evidence(Run(), edits=(edit,)).holds


def test_a_limit_that_is_reached_is_no_limit() -> None:
    """Z must be above: equality would leave no room for rounding in the condition."""
    reached = {32: float(_SINGLE.at_least_u()), 64: 9.0}
    assert largest_normal_number.evidence(Run(), farthest=reached).level == "refuted"
