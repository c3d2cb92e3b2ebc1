"""Named response functions: families with parameters, and calibrated devices.

Those of this package are in :mod:`analogtheory.responses.built_in`; other packages add theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from analogtheory.errors import InputError
from analogtheory.responses.built_in import FAMILIES
from analogtheory.responses.family import Family
from analogtheory.responses.response import Response

ENTRY_POINT_GROUP = "analogtheory.responses"

_BUILT_IN = {family.name: family for family in FAMILIES}


def _plugins() -> dict[str, EntryPoint]:
    found = entry_points(group=ENTRY_POINT_GROUP)
    return {point.name: point for point in found if point.name not in _BUILT_IN}


def names() -> tuple[str, ...]:
    """All names that :func:`get` knows: built in first, then those of other packages."""
    return (*_BUILT_IN, *sorted(_plugins()))


def families() -> Iterator[Family]:
    """The built-in families in the order of the catalog."""
    return iter(FAMILIES)


def get(name: str, **parameters: Any) -> Response:
    """A response of the catalog.

    Parameters
    ----------
    name : str
        A built-in name, or one that another package registers under the entry point
        group ``analogtheory.responses`` (a :class:`Family`, a :class:`Response`, or a
        function of the parameters that returns a :class:`Response`).
    **parameters
        Parameter values; arrays hold one value per cell.

    Raises
    ------
    InputError
        For an unknown name or parameter.

    Examples
    --------
    >>> get("linear", tau=0.8)
    Response('linear': q₊ = 1 - 5*w/4, q₋ = 5*w/4 + 1 on [-4/5, 4/5])
    """
    if name in _BUILT_IN:
        return _BUILT_IN[name].build(**parameters)
    plugin = _plugins().get(name)
    if plugin is None:
        close = get_close_matches(name, names(), 1)
        hint = f"did you mean {close[0]}? " if close else ""
        raise InputError(f"response {name!r}: unknown name; {hint}known: {', '.join(names())}")
    found = plugin.load()
    if isinstance(found, Family):
        return found.build(**parameters)
    if isinstance(found, Response):
        return found.with_parameters(**parameters)
    result = found(**parameters)
    if not isinstance(result, Response):
        raise InputError(
            f"response {name!r}: the entry point {plugin.value} returned "
            f"{type(result).__name__}, not a Response"
        )
    return result
