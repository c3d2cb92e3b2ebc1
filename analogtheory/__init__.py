"""analogtheory: hold convergence claims of analog in-memory training against the mathematics.

Everything follows from one symbolic definition of a device (:class:`Response`) and of a
training algorithm (:class:`Dynamics`): closed forms, rigorous enclosures, the exact
stationary law, and simulation. The names below are the public interface; they are
imported when first used, so that ``import analogtheory`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "CheckReport": "verdicts",
    "Dynamics": "dynamics",
    "FormulaObjective": "objectives",
    "Gaussian": "noise",
    "InputError": "errors",
    "LeastSquares": "objectives",
    "LedgerReport": "claims.runner",
    "NoNoise": "noise",
    "Periphery": "tiles",
    "Quadratic": "objectives",
    "Rademacher": "noise",
    "Response": "responses",
    "ScalarQuadratic": "objectives",
    "SeparableQuadratic": "objectives",
    "Tile": "tiles",
    "TwoPoint": "noise",
    "Uniform": "noise",
    "agad": "algorithms",
    "analog_sgd": "algorithms",
    "buffered_residual_learning": "algorithms",
    "certify_expectation": "stationary",
    "check": "verdicts",
    "chopped_ttv2": "algorithms",
    "parse_noise": "noise",
    "residual_learning": "algorithms",
    "simulate": "simulation",
    "stationary_law": "stationary",
    "stochastic_hamiltonian_descent": "algorithms",
    "tiki_taka": "algorithms",
    "ttv2": "algorithms",
    "verify": "claims.runner",
}
_PACKAGES = ("claims", "prove", "responses")

__all__ = [*sorted(_HOME), *_PACKAGES]

if TYPE_CHECKING:
    from analogtheory import claims, prove, responses
    from analogtheory.algorithms import (
        agad,
        analog_sgd,
        buffered_residual_learning,
        chopped_ttv2,
        residual_learning,
        stochastic_hamiltonian_descent,
        tiki_taka,
        ttv2,
    )
    from analogtheory.claims.runner import LedgerReport, verify
    from analogtheory.dynamics import Dynamics
    from analogtheory.errors import InputError
    from analogtheory.noise import Gaussian, NoNoise, Rademacher, TwoPoint, Uniform, parse_noise
    from analogtheory.objectives import (
        FormulaObjective,
        LeastSquares,
        Quadratic,
        ScalarQuadratic,
        SeparableQuadratic,
    )
    from analogtheory.responses import Response
    from analogtheory.simulation import simulate
    from analogtheory.stationary import certify_expectation, stationary_law
    from analogtheory.tiles import Periphery, Tile
    from analogtheory.verdicts import CheckReport, check


def __getattr__(name: str) -> Any:
    if name in _PACKAGES:
        return import_module(f"{__name__}.{name}")
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
