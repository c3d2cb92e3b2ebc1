"""The exact stationary law of a small Dynamics; Poisson certificates."""

from analogtheory.stationary.curves import Curve
from analogtheory.stationary.koopman import stationary_law
from analogtheory.stationary.law import Estimate, Health, StationaryLaw

__all__ = ["Curve", "Estimate", "Health", "StationaryLaw", "stationary_law"]
