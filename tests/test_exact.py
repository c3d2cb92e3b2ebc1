from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy

from analogtheory.errors import InputError
from analogtheory.exact import exact


@pytest.mark.parametrize(
    "number", [0.1, "0.1", "1/10", Fraction(1, 10), np.float64(0.1), np.array(0.1)]
)
def test_decimals_are_read_as_written(number: object) -> None:
    assert exact(number) == sympy.Rational(1, 10)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), "x", "", True, None, "1/0", 1j])
def test_what_is_no_real_number_is_refused(number: object) -> None:
    with pytest.raises(InputError, match="not a"):
        exact(number)
