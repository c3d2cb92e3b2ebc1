"""Laws with a density."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import sympy
from numpy.typing import ArrayLike, NDArray
from scipy import special

from analogtheory.exact import exact
from analogtheory.noise.law import NoiseLaw, check_sigma

Array = NDArray[np.float64]

#: Where the Gaussian is cut in quadratures, in standard deviations.
GAUSSIAN_CUT = 9.0


@dataclass(frozen=True)
class Gaussian(NoiseLaw):
    """ε ~ N(0, σ²): m(g) = σ√(2/π)·exp(−g²/2σ²) + g·erf(g/(σ√2)).

    Examples
    --------
    >>> round(Gaussian(0.5).mean_abs, 6)
    0.398942
    """

    sigma: float
    name: ClassVar[str] = "gaussian"

    def __post_init__(self) -> None:
        check_sigma(self)

    @property
    def support(self) -> tuple[float, float]:
        """±9σ, where quadratures are cut."""
        return -GAUSSIAN_CUT * self.sigma, GAUSSIAN_CUT * self.sigma

    @property
    def truncated_mass(self) -> float:
        """P(|ε| > 9σ) = 2.3e-19."""
        return float(2.0 * special.ndtr(-GAUSSIAN_CUT))

    def positive_part(self, t: ArrayLike) -> Array:
        z = np.asarray(t, dtype=np.float64) / self.sigma
        bell = np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
        return np.asarray(self.sigma * (bell + z * special.ndtr(z)))

    def cdf(self, x: ArrayLike) -> Array:
        return np.asarray(special.ndtr(np.asarray(x, dtype=np.float64) / self.sigma))

    def quantile(self, u: ArrayLike) -> Array:
        return np.asarray(self.sigma * special.ndtri(np.asarray(u, dtype=np.float64)))

    def moment(self, order: int) -> float:
        return 0.0 if order % 2 else self.sigma**order * float(special.factorial2(order - 1))

    def density(self, x: ArrayLike) -> Array:
        z = np.asarray(x, dtype=np.float64) / self.sigma
        return np.asarray(np.exp(-0.5 * z * z) / (self.sigma * math.sqrt(2 * math.pi)))

    def symbolic_mean_abs(self, g: sympy.Expr) -> sympy.Expr:
        s = exact(self.sigma)
        bell = s * sympy.sqrt(2 / sympy.pi) * sympy.exp(-(g**2) / (2 * s**2))
        return bell + g * sympy.erf(g / (s * sympy.sqrt(2)))


@dataclass(frozen=True)
class Uniform(NoiseLaw):
    """ε uniform on [−a, a], a = σ√3: m(g) = (a² + g²)/(2a) for |g| ≤ a, else |g|.

    Examples
    --------
    >>> round(Uniform(0.5).mean_abs, 6)
    0.433013
    """

    sigma: float
    name: ClassVar[str] = "uniform"

    def __post_init__(self) -> None:
        check_sigma(self)

    @property
    def half_width(self) -> float:
        """a = σ√3."""
        return self.sigma * math.sqrt(3.0)

    @property
    def support(self) -> tuple[float, float]:
        """[−a, a]."""
        return -self.half_width, self.half_width

    def positive_part(self, t: ArrayLike) -> Array:
        a = self.half_width
        point = np.asarray(t, dtype=np.float64)
        inside = (np.clip(point, -a, a) + a) ** 2 / (4 * a)
        return np.asarray(inside + np.maximum(point - a, 0.0))

    def cdf(self, x: ArrayLike) -> Array:
        a = self.half_width
        return np.asarray(np.clip((np.asarray(x, dtype=np.float64) + a) / (2 * a), 0.0, 1.0))

    def quantile(self, u: ArrayLike) -> Array:
        return np.asarray(self.half_width * (2.0 * np.asarray(u, dtype=np.float64) - 1.0))

    def moment(self, order: int) -> float:
        return 0.0 if order % 2 else self.half_width**order / (order + 1)

    def density(self, x: ArrayLike) -> Array:
        a = self.half_width
        inside = np.abs(np.asarray(x, dtype=np.float64)) <= a * (1 + 1e-15)
        return np.where(inside, 1 / (2 * a), 0.0)

    def symbolic_mean_abs(self, g: sympy.Expr) -> sympy.Expr:
        a = exact(self.sigma) * sympy.sqrt(3)
        return sympy.Piecewise(((a**2 + g**2) / (2 * a), sympy.Abs(g) <= a), (sympy.Abs(g), True))
