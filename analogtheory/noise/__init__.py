"""Laws of the gradient noise ε: zero mean, standard deviation σ.

What the theory needs of a law is how it enters the implicit penalty: Σ = E|ε| at the
minimiser (2502.06309 Theorem 1) and, away from it, m(g) = E|g + ε| for a mean gradient g.
Both follow from one function, the expected positive part E(t + ε)₊.

==============  =========================================  ==================
law             values                                     on the command line
==============  =========================================  ==================
`NoNoise`       0                                          ``none``
`Gaussian`      N(0, σ²)                                   ``gaussian:0.5``
`Rademacher`    ±σ, each with probability 1/2              ``rademacher:0.5``
`Uniform`       uniform on [−σ√3, σ√3]                     ``uniform:0.5``
`TwoPoint`      +σ√((1−p)/p) with probability p,           ``two-point:0.5:0.1``
                −σ√(p/(1−p)) with probability 1−p (skew)   (σ, then p)
==============  =========================================  ==================
"""

from __future__ import annotations

from analogtheory.errors import InputError
from analogtheory.exact import exact
from analogtheory.noise.continuous import Gaussian, Uniform
from analogtheory.noise.discrete import NoNoise, Rademacher, TwoPoint
from analogtheory.noise.law import NoiseLaw

__all__ = [
    "LAWS",
    "Gaussian",
    "NoNoise",
    "NoiseLaw",
    "Rademacher",
    "TwoPoint",
    "Uniform",
    "parse_noise",
]

LAWS: dict[str, type[NoiseLaw]] = {
    law.name: law for law in (Gaussian, Rademacher, Uniform, TwoPoint, NoNoise)
}


def parse_noise(text: str) -> NoiseLaw:
    """Read a noise law as written on the command line.

    Raises
    ------
    InputError
        For an unknown name, a missing or extra number, a negative or zero σ.

    Examples
    --------
    >>> parse_noise("gaussian:0.5")
    Gaussian(sigma=0.5)
    """
    name, *numbers = str(text).split(":")
    if name not in LAWS:
        raise InputError(
            f"noise {text!r}: unknown law {name!r}; use one of "
            "gaussian:σ, rademacher:σ, uniform:σ, two-point:σ:p, none"
        )
    try:
        values = [float(exact(number)) for number in numbers]
    except InputError as problem:
        raise InputError(f"noise {text!r}: {problem}; write for example {name}:0.5") from problem
    allowed = {"none": (0,), "two-point": (1, 2)}.get(name, (1,))
    if len(values) not in allowed:
        right = "none" if name == "none" else f"{name}:0.5"
        raise InputError(f"noise {text!r}: wrong number of values; write for example {right}")
    return LAWS[name](*values)
