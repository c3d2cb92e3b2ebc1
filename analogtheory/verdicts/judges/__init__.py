"""Claims of the ledger that can be instantiated on a device, each with its judge."""

# Each module registers its judges: the order of these imports is the order of the report.
# isort: off
from analogtheory.verdicts.judges import device
from analogtheory.verdicts.judges import discretisation
from analogtheory.verdicts.judges import penalty
from analogtheory.verdicts.judges import penalty_gap
from analogtheory.verdicts.judges import zero_shifting
from analogtheory.verdicts.judges import descent
from analogtheory.verdicts.judges import analog_sgd
from analogtheory.verdicts.judges import equilibrium
from analogtheory.verdicts.judges import residual_learning
from analogtheory.verdicts.judges import simulation

# isort: on
from analogtheory.verdicts.judges.judgement import JUDGES, ON_A_DEVICE, Judge, Judgement

__all__ = [
    "JUDGES",
    "ON_A_DEVICE",
    "Judge",
    "Judgement",
    "analog_sgd",
    "descent",
    "device",
    "discretisation",
    "equilibrium",
    "penalty",
    "penalty_gap",
    "residual_learning",
    "simulation",
    "zero_shifting",
]
