"""Laws with finitely many values."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import sympy
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError
from analogtheory.exact import exact
from analogtheory.noise.law import NoiseLaw, check_sigma

Array = NDArray[np.float64]


class _Discrete(NoiseLaw):
    """A law with finitely many values."""

    @property
    @abstractmethod
    def atoms(self) -> tuple[Array, Array]: ...

    @property
    def support(self) -> tuple[float, float]:
        values = self.atoms[0]
        return float(values.min()), float(values.max())

    def positive_part(self, t: ArrayLike) -> Array:
        values, probabilities = self.atoms
        shifted = np.asarray(t, dtype=np.float64)[..., None] + values
        return np.asarray(np.maximum(shifted, 0.0) @ probabilities)

    def mean_abs_at(self, g: ArrayLike) -> Array:
        values, probabilities = self.atoms
        return np.asarray(
            np.abs(np.asarray(g, dtype=np.float64)[..., None] + values) @ probabilities
        )

    def cdf(self, x: ArrayLike) -> Array:
        values, probabilities = self.atoms
        return np.asarray((values <= np.asarray(x)[..., None]) @ probabilities)

    def cdf_left(self, x: ArrayLike) -> Array:
        values, probabilities = self.atoms
        return np.asarray((values < np.asarray(x)[..., None]) @ probabilities)

    def quantile(self, u: ArrayLike) -> Array:
        values, probabilities = self.atoms
        cumulative = np.cumsum(probabilities)[:-1]
        return np.asarray(values[np.searchsorted(cumulative, np.asarray(u), side="right")])

    def moment(self, order: int) -> float:
        values, probabilities = self.atoms
        return float(values**order @ probabilities)

    def density(self, x: ArrayLike) -> Array:
        raise InputError(f"{self.name} noise is discrete: it has atoms, not a density")

    @abstractmethod
    def exact_atoms(self) -> list[tuple[sympy.Expr, sympy.Expr]]:
        """The values and probabilities as exact numbers."""

    def symbolic_mean_abs(self, g: sympy.Expr) -> sympy.Expr:
        return sum((p * sympy.Abs(g + value) for value, p in self.exact_atoms()), sympy.S.Zero)


@dataclass(frozen=True)
class NoNoise(_Discrete):
    """No noise: ε = 0."""

    name: ClassVar[str] = "none"
    sigma: float = 0.0

    @property
    def spec(self) -> str:
        """The law as it is written on the command line."""
        return self.name

    @property
    def atoms(self) -> tuple[Array, Array]:
        """The one value 0."""
        return np.zeros(1), np.ones(1)

    def exact_atoms(self) -> list[tuple[sympy.Expr, sympy.Expr]]:
        """The one value 0."""
        return [(sympy.S.Zero, sympy.S.One)]


@dataclass(frozen=True)
class Rademacher(_Discrete):
    """ε = ±σ, each with probability 1/2: then E|g + ε| = max(|g|, σ) exactly.

    Examples
    --------
    >>> Rademacher(0.5).mean_abs_at([0.0, 0.2, 0.7]).tolist()
    [0.5, 0.5, 0.7]
    """

    sigma: float
    name: ClassVar[str] = "rademacher"

    def __post_init__(self) -> None:
        check_sigma(self)

    @property
    def atoms(self) -> tuple[Array, Array]:
        """±σ."""
        return np.array([-self.sigma, self.sigma]), np.array([0.5, 0.5])

    def exact_atoms(self) -> list[tuple[sympy.Expr, sympy.Expr]]:
        """±σ, exactly."""
        sigma = exact(self.sigma)
        return [(-sigma, sympy.S.Half), (sigma, sympy.S.Half)]


@dataclass(frozen=True)
class TwoPoint(_Discrete):
    """A skewed law: +σ√((1−p)/p) with probability p, −σ√(p/(1−p)) otherwise.

    Mean 0, standard deviation σ, E|ε| = 2σ√(p(1−p)), skewness (1−2p)/√(p(1−p)).

    Examples
    --------
    >>> law = TwoPoint(0.5, 0.1)
    >>> law.atoms[0].round(6).tolist(), round(law.mean_abs, 12)
    ([-0.166667, 1.5], 0.3)
    """

    sigma: float
    p: float = 0.1
    name: ClassVar[str] = "two-point"

    def __post_init__(self) -> None:
        check_sigma(self)
        if not 0.0 < self.p < 1.0:
            raise InputError(f"noise {self.name}: p must lie in (0, 1), got {self.p:g}")

    @property
    def spec(self) -> str:
        """The law as it is written on the command line."""
        return f"{self.name}:{self.sigma:g}:{self.p:g}"

    @property
    def is_symmetric(self) -> bool:
        """Only for p = 1/2."""
        return self.p == 0.5

    @property
    def atoms(self) -> tuple[Array, Array]:
        """The low value, then the high one."""
        low = -self.sigma * math.sqrt(self.p / (1 - self.p))
        high = self.sigma * math.sqrt((1 - self.p) / self.p)
        return np.array([low, high]), np.array([1 - self.p, self.p])

    def exact_atoms(self) -> list[tuple[sympy.Expr, sympy.Expr]]:
        """The values with their square roots, exactly."""
        sigma, p = exact(self.sigma), exact(self.p)
        return [(-sigma * sympy.sqrt(p / (1 - p)), 1 - p), (sigma * sympy.sqrt((1 - p) / p), p)]
