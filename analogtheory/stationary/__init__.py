"""The exact stationary law of a small Dynamics; Poisson certificates."""

from analogtheory.checker.poisson import PoissonCertificate
from analogtheory.stationary.curves import Curve
from analogtheory.stationary.koopman import stationary_law
from analogtheory.stationary.law import Estimate, Health, StationaryLaw
from analogtheory.stationary.poisson import certify_expectation

__all__ = [
    "Curve",
    "Estimate",
    "Health",
    "PoissonCertificate",
    "StationaryLaw",
    "certify_expectation",
    "stationary_law",
]
