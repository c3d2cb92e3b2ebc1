"""The largest normal number of the samplers, from their statements.

Box and Muller's √(−2 ln u)·cos θ is largest at the least u, which is 2⁻³³ in single and 2⁻⁵³ in
double precision. Rounding counts too: the statements are executed over intervals of the random
words (:mod:`analogtheory.proofs.normal_numbers_setting`), which are halved until none can hold a
number above the one at the least u. What merges the pulses of an update
(:mod:`analogtheory.simulation.merged`) relies on it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from analogtheory.claims import (
    Evidence,
    Run,
    agrees,
    claim,
    conclude,
    derived,
    holds_exactly,
    hypothesis,
    twin,
)
from analogtheory.kernels import elementary, elementary_single
from analogtheory.kernels.interpreter import Edit, Interpreter, edited
from analogtheory.kernels.statements import Function
from analogtheory.proofs.normal_numbers_setting import TooLong, Words, intervals
from analogtheory.simulation.merged import FARTHEST

#: Some random words, by name.
Box = Mapping[str, Words]


class Sampler(NamedTuple):
    """Two normal numbers from random words of 32 bits.

    Attributes
    ----------
    function : Function
    radial : tuple of str
        The words of u, the highest bits first.
    angular : tuple of str
        The words of the angle, the quadrant in the first two bits.
    """

    function: Function
    radial: tuple[str, ...]
    angular: tuple[str, ...]

    @property
    def precision(self) -> int:
        """32 or 64."""
        return self.function.precision

    def largest_in(self, box: Box) -> Any:
        """An upper bound of both numbers, reached if the box is one point."""
        numbers = Interpreter(self.function, box, intervals(self.precision)).results()
        return max(number.size for number in numbers)

    def at_least_u(self) -> Any:
        """The largest number at u with no bit set, the angle in the middle of a quadrant."""
        words = dict.fromkeys((*self.radial, *self.angular), 0)
        words[self.angular[0]] = 1 << 29
        return self.largest_in({name: Words(word, word) for name, word in words.items()})


@cache
def none_above(sampler: Sampler, bound: Any) -> bool:
    """Whether it is shown that no words give a number above a bound, or what is not a number."""
    whole = dict.fromkeys((*sampler.radial, *sampler.angular), Words(0, 2**32 - 1))
    quadrants = (Words(j << 30, (j + 1 << 30) - 1) for j in range(4))
    boxes: list[Box] = [{**whole, sampler.angular[0]: quadrant} for quadrant in quadrants]
    while boxes:
        box = boxes.pop()
        try:
            is_below = sampler.largest_in(box) <= bound
        except TooLong:
            is_below = False
        if not is_below:
            longer = [name for name in sampler.radial if box[name].low < box[name].high]
            if not longer:
                return False
            boxes += _halves(box, longer[0])
    return True


def _halves(box: Box, name: str) -> list[Box]:
    low, high = box[name]
    middle = (low + high) // 2
    return [{**box, name: half} for half in (Words(low, middle), Words(middle + 1, high))]


_SINGLE = Sampler(elementary_single.normal_pair(), ("radial",), ("angular",))
_DOUBLE = Sampler(elementary.normal_pair(), ("c0", "c1"), ("c2", "c3"))
#: The least u is 2 to the power of minus this.
_EXPONENTS = {32: 33, 64: 53}


@claim(
    "largest-normal-number",
    source=derived("Box and Muller from random words; the samplers' statements"),
    form="derived",
    statement="The largest normal number of the samplers, over all random words and with every "
    "rounding, is 6.76371 = √(66 ln 2) in single and 8.57167 = √(106 ln 2) in double precision (to "
    "five digits), below the Z = 6.8 and 8.6 of the kernels that execute pulses together.",
    latex=r"\max|\xi| = \sqrt{-2\ln 2^{-33}} = 6.76371 < 6.8,\qquad "
    r"\max|\xi| = \sqrt{-2\ln 2^{-53}} = 8.57167 < 8.6",
    hypotheses=(hypothesis("+, −, ×, ÷ and √ are rounded to the nearest, as IEEE 754 says"),),
    twins=(
        twin("Z = 6 and 8", farthest={32: 6.0, 64: 8.0}),
        twin("Z = 6.76 and 8.57", farthest={32: 6.76, 64: 8.57}),
        twin("a least u of 2⁻³² in single precision", exponents={**_EXPONENTS, 32: 32}),
        twin("u = word/2³² in single precision", edits=(Edit("add", 2.0**-33, 1, 0.0),)),
    ),
)
def largest_normal_number(
    run: Run,
    farthest: Mapping[int, float] = FARTHEST,
    exponents: Mapping[int, int] = _EXPONENTS,
    edits: tuple[Edit, ...] = (),
) -> Evidence:
    """The number at the least u; then that no words give a larger one, or one that is none."""
    steps = []
    for sampler in (_SINGLE._replace(function=edited(_SINGLE.function, *edits)), _DOUBLE):
        precision = sampler.precision
        largest = sampler.at_least_u()
        limit = type(largest)(farthest[precision])  # rounded as in the kernel
        steps += [
            agrees(
                f"{precision} bits: √(−2 ln u) at u = 2^−{exponents[precision]}, to 2 last places",
                largest,
                math.sqrt(2 * exponents[precision] * math.log(2)),
                tolerance=2 * float(np.spacing(largest)),
                level="certified",
            ),
            holds_exactly(
                f"{precision} bits: it is below Z",
                largest < limit,
                f"{largest:.6g} against {limit:.6g}",
                level="certified",
            ),
            holds_exactly(
                f"{precision} bits: no words give a larger one, or what is not a number",
                none_above(sampler, largest) or None,
                level="certified",
            ),
        ]
    return conclude(*steps, domain="all random words")
