"""Objectives of several weights: quadratics and least squares."""

from __future__ import annotations

from functools import cached_property
from typing import TypeAlias

import numpy as np
import sympy
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError
from analogtheory.objectives.objective import Objective

Array = NDArray[np.float64]
Expr: TypeAlias = sympy.Expr


class Quadratic(Objective):
    """f(W) = ½(W − W*)ᵀH(W − W*) in D dimensions, H symmetric positive definite.

    Examples
    --------
    >>> f = Quadratic([[2.0, 1.0], [1.0, 2.0]], [0.1, 0.2])
    >>> f.smoothness, f.strong_convexity
    (3.0, 1.0)
    """

    def __init__(self, hessian: ArrayLike, minimiser: ArrayLike):
        self.hessian = np.array(hessian, dtype=np.float64)
        self._minimiser = np.array(minimiser, dtype=np.float64)
        self.dimension = self._minimiser.size
        if self.hessian.shape != (self.dimension, self.dimension):
            raise InputError(
                f"hessian: must have shape ({self.dimension}, {self.dimension}) to go with the "
                f"minimiser, got {self.hessian.shape}"
            )
        if not (np.all(np.isfinite(self.hessian)) and np.all(np.isfinite(self._minimiser))):
            raise InputError("hessian and minimiser: must be finite numbers")
        if not np.allclose(self.hessian, self.hessian.T, rtol=0, atol=1e-12):
            raise InputError("hessian: must be symmetric")
        self._eigenvalues = np.linalg.eigvalsh(self.hessian)
        if self._eigenvalues[0] <= 0:
            raise InputError(
                f"hessian: must be positive definite, its smallest eigenvalue is "
                f"{self._eigenvalues[0]:g}"
            )

    @classmethod
    def generate(
        cls, dimension: int, *, condition: float = 10.0, spread: float = 0.5, seed: int = 0
    ) -> Quadratic:
        """A random quadratic: eigenvalues geometric from 1/condition to 1, random axes.

        The minimiser is uniform on [−spread, spread] in each coordinate.
        """
        if dimension < 1 or condition < 1:
            raise InputError("dimension and condition number: both must be at least 1")
        generator = np.random.Generator(np.random.Philox(seed))
        axes, upper = np.linalg.qr(generator.standard_normal((dimension, dimension)))
        axes *= np.sign(np.diag(upper))
        eigenvalues = np.geomspace(1.0 / condition, 1.0, dimension)
        hessian = (axes * eigenvalues) @ axes.T
        minimiser = generator.uniform(-spread, spread, dimension)
        return cls(0.5 * (hessian + hessian.T), minimiser)

    def value(self, w: ArrayLike) -> Array:
        offset = np.asarray(w, dtype=np.float64) - self._minimiser
        return np.asarray(0.5 * np.einsum("...i,ij,...j->...", offset, self.hessian, offset))

    def gradient(self, w: ArrayLike) -> Array:
        return np.asarray((np.asarray(w, dtype=np.float64) - self._minimiser) @ self.hessian)

    @property
    def smoothness(self) -> float:
        """The largest eigenvalue of H."""
        return float(self._eigenvalues[-1])

    @property
    def strong_convexity(self) -> float:
        """The smallest eigenvalue of H."""
        return float(self._eigenvalues[0])

    @property
    def minimiser(self) -> Array:
        """W*."""
        return self._minimiser


class SeparableQuadratic(Quadratic):
    """f(W) = Σ_d (h_d/2)(W_d − W*_d)²: a quadratic with a diagonal Hessian.

    Examples
    --------
    >>> SeparableQuadratic([1.0, 4.0], [0.0, 0.5]).gradient([1.0, 1.0])
    array([1., 2.])
    """

    def __init__(self, curvatures: ArrayLike, minimiser: ArrayLike):
        h = np.atleast_1d(np.array(curvatures, dtype=np.float64))
        super().__init__(np.diag(h), np.atleast_1d(np.asarray(minimiser, dtype=np.float64)))
        self.curvatures = h

    def gradient(self, w: ArrayLike) -> Array:
        return np.asarray((np.asarray(w, dtype=np.float64) - self._minimiser) * self.curvatures)


class LeastSquares(Objective):
    """f(W) = ‖AW − b‖²/(2N) for N rows of data.

    Parameters
    ----------
    design : array, shape (N, D)
        A.
    targets : array, shape (N,)
        b.

    Notes
    -----
    With linearly dependent columns the minimiser is the one of smallest norm and
    `strong_convexity` is None.

    Examples
    --------
    >>> f = LeastSquares([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [1.0, 2.0, 3.0])
    >>> f.minimiser.round(12)
    array([1., 2.])
    """

    def __init__(self, design: ArrayLike, targets: ArrayLike):
        self.design = np.array(design, dtype=np.float64)
        self.targets = np.array(targets, dtype=np.float64)
        if self.design.ndim != 2 or self.targets.shape != self.design.shape[:1]:
            raise InputError(
                "least squares: design must have shape (N, D) and targets (N,), got "
                f"{self.design.shape} and {self.targets.shape}"
            )
        if not (np.all(np.isfinite(self.design)) and np.all(np.isfinite(self.targets))):
            raise InputError("least squares: design and targets must be finite numbers")
        rows, self.dimension = self.design.shape
        self.hessian = self.design.T @ self.design / rows
        self._eigenvalues = np.linalg.eigvalsh(self.hessian)

    def value(self, w: ArrayLike) -> Array:
        residual = np.asarray(w, dtype=np.float64) @ self.design.T - self.targets
        return np.asarray(0.5 * np.mean(residual**2, axis=-1))

    def gradient(self, w: ArrayLike) -> Array:
        residual = np.asarray(w, dtype=np.float64) @ self.design.T - self.targets
        return np.asarray(residual @ self.design / len(self.targets))

    @property
    def smoothness(self) -> float:
        """The largest eigenvalue of AᵀA/N."""
        return float(self._eigenvalues[-1])

    @property
    def strong_convexity(self) -> float | None:
        """The smallest eigenvalue of AᵀA/N, or None if it is 0 to rounding."""
        smallest = float(self._eigenvalues[0])
        return smallest if smallest > 1e-12 * self.smoothness else None

    @cached_property
    def minimiser(self) -> Array:
        """The least-squares solution (of smallest norm)."""
        return np.asarray(np.linalg.lstsq(self.design, self.targets, rcond=None)[0])
