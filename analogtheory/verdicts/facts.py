"""The facts of a response, as `check` reports them."""

from __future__ import annotations

from typing import Any

from analogtheory.enclosure import Bounds
from analogtheory.responses.response import Response
from analogtheory.verdicts.problem import nullable


def response_section(response: Response) -> dict[str, Any]:
    """What the device is: names, formulas, range, parameters, source."""
    return {
        "name": response.name,
        "up": str(response.up),
        "down": str(response.down),
        "range": list(response.range),
        "parameters": {name: float(value) for name, value in response.parameters.items()},
        "source": response.source,
    }


def facts_section(response: Response) -> dict[str, Any]:
    """What follows from the two formulas; numbers are enclosures."""
    return {
        "positive": response.is_positive,
        **nullable(
            "not_positive_at",
            response.not_positive_at,
            "q₊ and q₋ are positive inside the range",
        ),
        "differentiable": response.is_differentiable(),
        "q_min": enclosure(response.q_min),
        "q_max": enclosure(response.q_max),
        "F_max": enclosure(response.F_max),
        "lipschitz_F": _lipschitz(response.lipschitz(response.F)),
        "lipschitz_G": _lipschitz(response.lipschitz(response.G)),
        "symmetric_points": [
            {
                "value": zero.value,
                "low": zero.low,
                "high": zero.high,
                "kind": zero.kind,
                "attracting": zero.direction > 0,
            }
            for zero in response.symmetric_points
        ],
        **nullable("reference_point", response.reference_point, "no symmetric point in the range"),
        "F": str(response.F.expr),
        "G": str(response.G.expr),
        "M": str(response.M.expr),
        "R": str(response.R.expr),
        **_accumulated(response),
        **nullable(
            "R_slope",
            slope_at_symmetric_point(response),
            "no symmetric point in the range, or no finite slope there",
        ),
    }


def enclosure(bounds: Bounds) -> dict[str, float]:
    """An enclosure as numbers."""
    return {"value": bounds.value, "low": bounds.low, "high": bounds.high}


def _lipschitz(bounds: Bounds) -> dict[str, Any]:
    reason = "no finite bound was found: the slope may be unbounded on the range"
    return {
        **nullable("value", bounds.value, reason),
        **nullable("low", bounds.low, reason),
        **nullable("high", bounds.high, reason),
    }


def _accumulated(response: Response) -> dict[str, Any]:
    if response.reference_point is None:
        return nullable("R_c", None, "no symmetric point in the range")
    if not response.is_positive:
        return nullable("R_c", None, "F may vanish: the response is not positive")
    form = response.R_c.expr
    if form is not None:
        return {"R_c": str(form)}
    reason = f"{response.R_c.reason}; quadrature, error {response.R_c.error:.1e}"
    return nullable("R_c", None, reason)


def slope_at_symmetric_point(response: Response) -> float | None:
    """R′ at the reference symmetric point."""
    point = response.reference_point
    return None if point is None else float(response.R.derivative()(point))
