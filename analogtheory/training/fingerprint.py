"""Fingerprints of settings: whether a saved state belongs to what is built now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from analogtheory.responses.response import Response


def plain(value: Any) -> Any:
    """Settings as what JSON can hold; arrays by shape, type and hash.

    Parameters
    ----------
    value : number, str, None, array, Response, dataclass, or a mapping or sequence of these

    Raises
    ------
    TypeError
        For anything else.

    Examples
    --------
    >>> plain({"lr": np.float64(0.5), "rows": (1, 2)})
    {'lr': 0.5, 'rows': [1, 2]}
    """
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, np.ndarray):
        digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return [str(value.dtype), list(value.shape), digest]
    if isinstance(value, Response):
        formulas = (value.general_up, value.general_down, value.general_low, value.general_high)
        return [*map(str, formulas), plain(dict(value.parameters))]
    if is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        return [type(value).__name__, parts]
    if isinstance(value, Mapping):
        return {str(name): plain(value[name]) for name in sorted(value, key=str)}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    raise TypeError(f"a setting of type {type(value).__name__} has no fingerprint")


def fingerprint(settings: Any) -> str:
    """SHA-256 of settings, in hexadecimal: equal settings give equal fingerprints.

    Examples
    --------
    >>> fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    True
    """
    text = json.dumps(plain(settings), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
