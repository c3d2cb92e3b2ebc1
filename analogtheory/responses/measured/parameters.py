"""The layout of a parameter vector θ, shape (COMMON + family.size,).

First the parameters that every family has: ln σ_r, ln σ_c, ln σ_z, ln τ, the initial states
x₀ of the up and of the down column; then the shape, the parameters of the family.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Number of parameters before those of the family.
COMMON = 6
#: Indices of ln σ_r, ln σ_c, ln σ_z and ln τ.
READ, CYCLE, SLOW, MEMORY = range(4)
#: Where the noise parameters and the initial states are.
NOISES, STATES = slice(0, 4), slice(4, 6)
#: ln σ_z of a model without slow noise.
ABSENT = -40.0


def log_reading_noise(theta: Array) -> float:
    """ln(σ_r + σ_z) of one parameter vector: no noise level can be much higher."""
    return float(np.logaddexp(theta[READ], theta[SLOW]))
