"""Positive Bernstein polynomials: the family for steps that no closed form describes."""

from __future__ import annotations

import math

import numpy as np
import sympy
from numpy.typing import NDArray

from analogtheory.responses.measured.family import Family, Step
from analogtheory.responses.measured.readings import BOTH, DIRECTION, rational

Array = NDArray[np.float64]


class BernsteinStep(Family):
    """q_s = Σ_k c_{s,k} C(d,k) u^k (1−u)^{d−k}, c > 0, hence q_s > 0; constant beyond [0, 1].

    Parameters: ln c_{+,0…d}, ln c_{−,0…d}. A weak prior (standard deviation 2 about their
    mean) keeps the logarithm of a coefficient that the data put at zero finite.
    """

    def __init__(self, degree: int):
        self.degree = degree
        self.name = f"Bernstein degree {degree}"
        self.size = 2 * (degree + 1)
        self._powers = _to_powers(degree)

    @property
    def prior_precision(self) -> Array:
        """Standard deviation 2 for the deviations of ln c from their mean."""
        return (np.eye(self.size) - 1.0 / self.size) / 4.0

    def step(self, shape: Array, columns: slice = BOTH) -> Step:
        """See :meth:`Family.step`."""
        coefficients = np.exp(shape).reshape(2, self.degree + 1, -1)
        powers = np.einsum("jk,ckl->jcl", self._powers, coefficients) * DIRECTION
        terms = list(powers[:, columns])

        def move(x: Array) -> tuple[Array, Array]:
            u = np.minimum(np.maximum(x, 0.0), 1.0)
            value, slope = terms[-1], np.zeros_like(terms[-1])
            for term in reversed(terms[:-1]):
                slope = slope * u + value
                value = value * u + term
            return value, slope * (u == x)

        return move

    def expression(self, shape: Array, column: int, u: sympy.Expr, unit: float) -> sympy.Expr:
        """See :meth:`Family.expression`."""
        d = self.degree
        coefficients = np.exp(shape[column * (d + 1) : (column + 1) * (d + 1)]) * unit
        return sympy.Add(
            *(
                rational(float(c)) * math.comb(d, k) * u**k * (1 - u) ** (d - k)
                for k, c in enumerate(coefficients)
            )
        )

    def applies(self, shape: Array, u: Array) -> NDArray[np.bool_]:
        """See :meth:`Family.applies`: on [0, 1]."""
        return np.asarray((u >= 0.0) & (u <= 1.0))


def _to_powers(degree: int) -> Array:
    """Matrix T with Σ_k c_k B_{k,d}(u) = Σ_j (T c)_j u^j, shape (degree + 1, degree + 1)."""
    matrix = np.zeros((degree + 1, degree + 1))
    for k in range(degree + 1):
        for j in range(k, degree + 1):
            sign = -1.0 if (j - k) % 2 else 1.0
            matrix[j, k] = sign * math.comb(degree, j) * math.comb(j, k)
    return matrix


def basis(degree: int, u: Array) -> Array:
    """B_{k,d}(u) = C(d,k) u^k (1−u)^{d−k}, shape (points, degree + 1)."""
    terms = [math.comb(degree, k) * u**k * (1 - u) ** (degree - k) for k in range(degree + 1)]
    return np.array(terms).T


def elevate(coefficients: Array) -> Array:
    """Bernstein coefficients of the same polynomials one degree higher.

    c′_k = (k/(d+1)) c_{k−1} + (1 − k/(d+1)) c_k.

    Parameters
    ----------
    coefficients : ndarray, shape (polynomials, d + 1)

    Returns
    -------
    ndarray, shape (polynomials, d + 2)
    """
    degree = coefficients.shape[1]
    k = np.arange(degree + 1) / degree
    padded = np.pad(coefficients, ((0, 0), (1, 1)))
    return np.asarray(k * padded[:, :-1] + (1.0 - k) * padded[:, 1:])
