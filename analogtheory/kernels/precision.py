"""Single and double precision by name."""

from __future__ import annotations

from typing import Any

import numpy as np

from analogtheory.errors import InputError


def dtype(value: Any) -> np.dtype[Any]:
    """float32 or float64.

    Raises
    ------
    InputError
        Otherwise.
    """
    try:
        found: np.dtype[Any] = np.dtype(np.void if value is None else value)
    except TypeError:
        found = np.dtype(np.void)
    if found not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise InputError(f"dtype: must be 'float32' or 'float64', got {value!r}")
    return found
