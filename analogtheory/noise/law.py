"""What a law of the gradient noise answers."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
import sympy
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError
from analogtheory.philox import uniforms

Array = NDArray[np.float64]


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
        >>> from analogtheory.noise import Gaussian
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


def check_sigma(law: NoiseLaw) -> None:
    """Refuse a standard deviation that is not a positive number.

    Raises
    ------
    InputError
        Then.
    """
    if not (math.isfinite(law.sigma) and law.sigma > 0):
        raise InputError(
            f"noise {law.name}: the standard deviation σ must be a positive number, "
            f"got {law.sigma:g} (write 'none' for no noise)"
        )
