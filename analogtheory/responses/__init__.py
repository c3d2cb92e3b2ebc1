"""Response functions: what one pulse does to a weight.

``get(name, **parameters)`` builds a response of the catalog, ``names()`` lists it;
:class:`Response` makes one from two formulas; :func:`draw_cells` draws its parameters
per cell of a matrix; :mod:`analogtheory.responses.measured` fits one to measured pulses.
"""

from analogtheory.responses.calibration import Calibration, draw_cells
from analogtheory.responses.catalog import families, get, names
from analogtheory.responses.family import Family
from analogtheory.responses.formulas import WEIGHT, parameter
from analogtheory.responses.response import Response

__all__ = [
    "WEIGHT",
    "Calibration",
    "Family",
    "Response",
    "draw_cells",
    "families",
    "get",
    "names",
    "parameter",
]
