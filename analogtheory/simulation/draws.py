"""How the draws of a Dynamics are made from random words, law by law.

============  ==========================================================================
rule          value (u uniform in (0, 1), z normal)
============  ==========================================================================
`zero`        0
`normal`      σ·z, the numbers z in pairs of steps (in fours in single precision), see
              :mod:`analogtheory.philox`
`uniform`     σ√3·(2u − 1)
`two`         the upper value where u ≥ P(lower value), else the lower one
`inversion`   the law's own quantile at u (laws that are not part of this package)
============  ==========================================================================
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.noise import Gaussian, NoiseLaw, NoNoise, Rademacher, TwoPoint, Uniform
from analogtheory.philox import normal_pairs, uniforms

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Rule:
    """How a law is drawn.

    Attributes
    ----------
    kind : str
        See the top of this module.
    levels : tuple of arrays
        σ; σ√3; the lower and the upper value.
    threshold : float
        Probability of the lower of two values.
    law : NoiseLaw
    """

    kind: str
    levels: tuple[Array, ...]
    threshold: float
    law: NoiseLaw


def rule_of(law: NoiseLaw, sigma: Any = None) -> Rule:
    """The rule of a law, with another standard deviation (or many) if `sigma` is given.

    Raises
    ------
    InputError
        If `sigma` is given for a law that has none to replace.
    """
    spread = np.asarray(law.sigma if sigma is None else sigma, dtype=np.float64)
    if type(law) is Gaussian:
        return Rule("normal", (spread,), 0.0, law)
    if type(law) is Uniform:
        return Rule("uniform", (spread * math.sqrt(3.0),), 0.0, law)
    if type(law) is Rademacher:
        return Rule("two", (-spread, spread), 0.5, law)
    if type(law) is TwoPoint:
        low, high = math.sqrt(law.p / (1 - law.p)), math.sqrt((1 - law.p) / law.p)
        return Rule("two", (-spread * low, spread * high), 1 - law.p, law)
    if sigma is not None:
        raise InputError(f"parameters: a draw of noise {law.spec!r} has no σ to replace")
    return Rule("zero" if isinstance(law, NoNoise) else "inversion", (), 0.0, law)


def table(
    rule: Rule, seed: int, steps: tuple[int, int], lanes: NDArray[np.int64], stream: int
) -> Array:
    """The draws of iterations steps[0] (an even number) to steps[1] − 1, first axis the step."""
    first, last = steps
    if rule.kind == "zero":
        return np.zeros((last - first, *lanes.shape))
    column = (-1, *(1,) * lanes.ndim)
    if rule.kind == "normal":
        pairs = np.arange(first // 2, (last + 1) // 2).reshape(column)
        z = np.stack(normal_pairs(seed, pairs, lanes, stream), axis=1)
        return np.asarray(rule.levels[0] * z.reshape(-1, *lanes.shape)[: last - first])
    u = uniforms(seed, np.arange(first, last).reshape(column), lanes, stream)
    if rule.kind == "uniform":
        return np.asarray(rule.levels[0] * (2.0 * u - 1.0))
    if rule.kind == "two":
        return np.where(u >= rule.threshold, rule.levels[1], rule.levels[0])
    return rule.law.quantile(u)
