"""What a simulation in single precision must be given: numbers that floats can hold.

A float has 24 bits: numbers are good to 6 × 10⁻⁸ of their size, so a change of a weight that is
smaller than that part of the weight is lost.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.simulation.body import Body
from analogtheory.simulation.fidelity import Fidelity

#: Beyond this length (1 − p)^BL may underflow for p = 1/2, which inversion starts from.
LONGEST_TRAIN_SINGLE = 120

_LARGEST, _SMALLEST = float(np.finfo(np.float32).max), float(np.finfo(np.float32).tiny)


def check_train(fidelity: Fidelity) -> None:
    """Refuse a train that is too long for single precision.

    Raises
    ------
    InputError
    """
    if fidelity.kind == "pulsed" and fidelity.train_length > LONGEST_TRAIN_SINGLE:
        raise InputError(
            f"train_length: must be from 1 to {LONGEST_TRAIN_SINGLE} for dtype 'float32', got "
            f"{fidelity.train_length}; use dtype='float64'"
        )


def check_numbers(body: Body, start: dict[str, NDArray[Any]]) -> None:
    """Refuse numbers that single precision takes for infinite or for 0.

    Raises
    ------
    InputError
        Naming the number.
    """
    columns = {row.removeprefix("column "): values for row, values in body.columns.items()}
    starts = {f"start: {name}": values for name, values in start.items()}
    for name, value in {**body.constants.names, **columns, **starts}.items():
        size = np.abs(np.asarray(value, dtype=np.float64))
        wrong = (np.isfinite(size) & (size > _LARGEST)) | ((size > 0) & (size < _SMALLEST))
        if wrong.any():
            found = float(np.asarray(value)[wrong].flat[0])
            raise InputError(
                f"{name}: {found:g} is out of the range of dtype 'float32' ({_SMALLEST:.2g} to "
                f"{_LARGEST:.2g}); use dtype='float64'"
            )
