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

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import sympy
from numpy.typing import ArrayLike, NDArray
from scipy import special

from analogtheory.errors import InputError
from analogtheory.exact import exact
from analogtheory.philox import uniforms

Array = NDArray[np.float64]

#: Where the Gaussian is cut in quadratures, in standard deviations.
GAUSSIAN_CUT = 9.0


class NoiseLaw(ABC):
    """A zero-mean law of the gradient noise ε with standard deviation ``sigma``."""

    name: ClassVar[str]
    sigma: float

    @property
    def spec(self) -> str:
        """The law as it is written on the command line."""
        return f"{self.name}:{self.sigma:g}"

    @property
    @abstractmethod
    def support(self) -> tuple[float, float]:
        """The smallest interval that holds ε (the Gaussian is cut at ±9σ)."""

    @property
    def atoms(self) -> tuple[Array, Array] | None:
        """Values and probabilities of a discrete law; None for a continuous one."""
        return None

    @property
    def truncated_mass(self) -> float:
        """Probability outside :attr:`support`, lost in quadratures."""
        return 0.0

    @property
    def is_symmetric(self) -> bool:
        """Whether ε and −ε have the same law."""
        return True

    @abstractmethod
    def positive_part(self, t: ArrayLike) -> Array:
        """E(t + ε)₊, element-wise."""

    @abstractmethod
    def cdf(self, x: ArrayLike) -> Array:
        """P(ε ≤ x), element-wise."""

    @abstractmethod
    def quantile(self, u: ArrayLike) -> Array:
        """The value of ε for a uniform number u in (0, 1): sampling by inversion."""

    @abstractmethod
    def moment(self, order: int) -> float:
        """E ε^order."""

    @abstractmethod
    def density(self, x: ArrayLike) -> Array:
        """The density of a continuous law.

        Raises
        ------
        InputError
            For a discrete law, which has :attr:`atoms` instead.
        """

    @abstractmethod
    def symbolic_mean_abs(self, g: sympy.Expr) -> sympy.Expr:
        """m(g) = E|g + ε| as a formula in g, σ inserted as an exact number."""

    @property
    def mean_abs(self) -> float:
        """Σ = E|ε|."""
        return float(self.mean_abs_at(0.0))

    def mean_abs_at(self, g: ArrayLike) -> Array:
        """m(g) = E|g + ε| = 2E(g + ε)₊ − g, element-wise."""
        mean = np.asarray(g, dtype=np.float64)
        return np.asarray(2.0 * self.positive_part(mean) - mean)

    def mean_abs_slope(self, g: ArrayLike) -> Array:
        """m′(g) = P(ε > −g) − P(ε < −g), element-wise."""
        point = -np.asarray(g, dtype=np.float64)
        return 1.0 - self.cdf(point) - self.cdf_left(point)

    def cdf_left(self, x: ArrayLike) -> Array:
        """P(ε < x); differs from :meth:`cdf` at atoms only."""
        return self.cdf(x)

    def sample(self, shape: tuple[int, ...], seed: int) -> Array:
        """Independent draws, the same for the same seed (counter-based, see methods).

        Examples
        --------
        >>> bool((Gaussian(1.0).sample((3,), 7) == Gaussian(1.0).sample((3,), 7)).all())
        True
        """
        count = math.prod(shape)
        return self.quantile(uniforms(seed, step=0, lanes=np.arange(count), stream=0)).reshape(
            shape
        )

    def quadrature(self, breaks: ArrayLike, nodes: int) -> tuple[Array, Array]:
        """Gauss-Legendre nodes and weights for E φ(ε), split at given points.

        Parameters
        ----------
        breaks : array, shape (..., m)
            Points where φ has a kink (one row per φ); those outside the support are
            ignored.
        nodes : int
            Nodes on each of the m + 1 segments. A discrete law needs none of this: its
            atoms are returned, broadcast over the rows.

        Returns
        -------
        points, weights : arrays, shape (..., q)
        """
        rows = np.asarray(breaks, dtype=np.float64)
        if self.atoms is not None:
            values, probabilities = self.atoms
            shape = (*rows.shape[:-1], values.size)
            return np.broadcast_to(values, shape), np.broadcast_to(probabilities, shape)
        low, high = self.support
        ends = np.concatenate(
            [
                np.full((*rows.shape[:-1], 1), low),
                np.sort(np.clip(rows, low, high), axis=-1),
                np.full((*rows.shape[:-1], 1), high),
            ],
            axis=-1,
        )
        abscissae, gauss = np.polynomial.legendre.leggauss(nodes)
        half = 0.5 * np.diff(ends, axis=-1)[..., None]
        points = ends[..., :-1, None] + half * (abscissae + 1.0)
        weights = half * gauss * self.density(points)
        shape = (*rows.shape[:-1], points.shape[-1] * points.shape[-2])
        points, weights = points.reshape(shape), weights.reshape(shape)
        return points, weights / weights.sum(axis=-1, keepdims=True)


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
        _check_sigma(self)

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
        _check_sigma(self)
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
        _check_sigma(self)

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
        _check_sigma(self)

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


def _check_sigma(law: NoiseLaw) -> None:
    if not (math.isfinite(law.sigma) and law.sigma > 0):
        raise InputError(
            f"noise {law.name}: the standard deviation σ must be a positive number, "
            f"got {law.sigma:g} (write 'none' for no noise)"
        )
