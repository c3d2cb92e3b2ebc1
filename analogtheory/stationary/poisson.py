"""From an accurate number to a theorem: Poisson certificates (methods, section 2).

Where no branch of the iteration changes its sign on a forward-invariant interval, P maps
polynomials to polynomials, and everything is exact rational arithmetic: with two-valued
noise as a sum over branches, with uniform noise by integrating polynomials. h and c come
from least squares in floating point, refined with the exact residual; a bad h costs
sharpness, never truth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from analogtheory.checker.poisson import Coefficients, PoissonCertificate
from analogtheory.dynamics import Dynamics
from analogtheory.errors import InputError
from analogtheory.stationary.recursion import Recursion, as_fraction, read_recursion

Array = NDArray[np.float64]
Polynomial = Any  # flint.fmpq_poly has no type stubs

#: Equal pieces of the interval on which Bernstein coefficients bound the residual.
PIECES = 16
#: Rounds of least squares on the exact residual.
_ROUNDS = 4
#: Coefficients of h in the Chebyshev basis are multiples of 2 to this power.
_BITS = 90


def certify_expectation(
    dynamics: Dynamics,
    observable: Any,
    *,
    degree: int = 20,
    uniform_half_width: Any = None,
    interval: tuple[Any, Any] | None = None,
) -> PoissonCertificate:
    """Prove |E_π f − c| ≤ half-width for a scalar averaged recursion.

    Parameters
    ----------
    dynamics : Dynamics
        One state, one pulse, polynomial responses and gradient; Rademacher or two-point
        noise with rational atoms, or uniform noise.
    observable : sympy.Expr
        f: a polynomial in the state, in which ∇f may be written as
        :data:`analogtheory.dynamics.gradient`.
    degree : int
        Degree of h; the half-width falls geometrically with it.
    uniform_half_width : number or str, optional
        For uniform noise: the exact rational a of ε uniform on [−a, a], since σ = a/√3
        of the law is then irrational. The theorem is about this a.
    interval : pair of numbers or str, optional
        I; found from the dynamics unless given.

    Returns
    -------
    PoissonCertificate
        Already verified.

    Raises
    ------
    InputError
        If the recursion is not of this kind, or no interval is found on which the signs
        are fixed.

    Examples
    --------
    >>> from analogtheory.algorithms import analog_sgd
    >>> from analogtheory.algorithms.symbols import W
    >>> from analogtheory.noise import Rademacher
    >>> from analogtheory.objectives import ScalarQuadratic
    >>> from analogtheory.responses.response import Response
    >>> device = Response("1 - w", "1 + w", -1, 1)
    >>> dynamics = analog_sgd(device, ScalarQuadratic(1, 0.9), Rademacher(0.5), lr=0.1)
    >>> proof = certify_expectation(dynamics, W)
    >>> proof.center, proof.half_width, proof.verify()
    (Fraction(3, 5), Fraction(0, 1), True)
    """
    if degree < 1:
        raise InputError(f"degree: must be at least 1, got {degree}")
    recursion = read_recursion(dynamics, uniform_half_width, interval)
    f = _polynomial(recursion.observable(observable))
    chain = _Scaled(recursion)
    scaled = chain.scale(f)
    h, center, half_width = _solve_exactly(chain, scaled) or _solve(chain, scaled, degree)
    certificate = PoissonCertificate(
        interval=recursion.interval,
        up=recursion.up,
        down=recursion.down,
        offset=recursion.offset,
        slope=recursion.slope,
        atoms=recursion.atoms,
        uniform=recursion.uniform,
        observable=_coefficients(f),
        h=_coefficients(chain.unscale(h)),
        center=center,
        half_width=half_width,
        statement=f"E of {observable} under the stationary law of {dynamics.name}, averaged",
    )
    problem = certificate.failure()
    if problem:
        raise InputError(f"{dynamics.name}: no certificate, {problem}")
    return certificate


@dataclass(frozen=True)
class _Branch:
    """Probability and next state of an atom, in the scaled variable."""

    share: Any
    target: Polynomial


class _Scaled:
    """The recursion in t ∈ [−1, 1], w = middle + half·t, so that Chebyshev bases fit."""

    def __init__(self, recursion: Recursion):
        low, high = (_rational(end) for end in recursion.interval)
        self.middle, self.half = (low + high) / 2, (high - low) / 2
        self.recursion = recursion
        self._t = flint.fmpq_poly([0, 1])
        self._in_w = flint.fmpq_poly([self.middle, self.half])
        self._in_t = flint.fmpq_poly([-self.middle / self.half, 1 / self.half])
        self._up, self._down = (self.scale(_polynomial(q)) for q in (recursion.up, recursion.down))
        self._offset = self.scale(_polynomial(recursion.offset))
        self._branches = [self._branch(value, share) for value, share in recursion.atoms]

    def scale(self, polynomial: Polynomial) -> Polynomial:
        """A polynomial in w as one in t."""
        return polynomial(self._in_w)

    def unscale(self, polynomial: Polynomial) -> Polynomial:
        """A polynomial in t as one in w."""
        return polynomial(self._in_t)

    def _branch(self, value: Fraction, share: Fraction) -> _Branch:
        change = self._offset + _rational(self.recursion.slope * value)
        q = self._up if change(flint.fmpq(0)) >= 0 else self._down
        return _Branch(_rational(share), self._t + change * q / self.half)

    def image(self, h: Polynomial) -> Polynomial:
        """P h, exactly."""
        if self._branches:
            return sum((b.share * h(b.target) for b in self._branches), flint.fmpq_poly([0]))
        return self._uniform_image(h)

    def _uniform_image(self, h: Polynomial) -> Polynomial:
        """E h(t + Δq/half) by Taylor: Σ_j h⁽ʲ⁾/j!·(q/half)ʲ·U^{j+1}/(j+1) at both ends."""
        reach = _rational(abs(self.recursion.slope) * self.recursion.uniform)
        total = flint.fmpq_poly([0])
        for end, q in ((reach, self._up), (-reach, self._down)):
            limit = self._offset + end
            derivative, power, factor = h, limit, flint.fmpq(1)
            for j in range(h.degree() + 1):
                term = derivative * power * factor / (j + 1)
                total = total + term if end > 0 else total - term
                derivative, power = derivative.derivative(), power * limit * q / self.half
                factor = factor / (j + 1)
        return total / (2 * reach)


def _solve_exactly(chain: _Scaled, f: Polynomial) -> tuple[Polynomial, Fraction, Fraction] | None:
    """h and c with f − c − h + P h = 0, if there is such an h of the degree of f."""
    degree = max(f.degree(), 1)
    powers = [flint.fmpq_poly([0] * k + [1]) for k in range(1, degree + 1)]
    columns = [p - chain.image(p) for p in powers] + [flint.fmpq_poly([1]), f]
    height = 1 + max(column.degree() for column in columns)
    reduced, rank = flint.fmpq_mat([[c[i] for c in columns] for i in range(height)]).rref()
    if rank != degree + 1 or any(reduced[rank - 1, k] != 0 for k in range(degree)):
        return None  # not solvable, or not uniquely
    if reduced[rank - 1, degree] != 1:
        return None
    h = flint.fmpq_poly([0] + [reduced[k, degree + 1] for k in range(degree)])
    return h, as_fraction(reduced[degree, degree + 1]), Fraction(0)


def _solve(chain: _Scaled, f: Polynomial, degree: int) -> tuple[Polynomial, Fraction, Fraction]:
    """h (in t), c and the half-width."""
    basis = _chebyshev(degree)
    defects = [b - chain.image(b) for b in basis]
    nodes = np.cos(np.pi * (np.arange(3 * degree) + 0.5) / (3 * degree))
    exact_nodes = [_rational(Fraction(float(x))) for x in nodes]
    matrix = np.array([[_float(d(x)) for d in defects] + [1.0] for x in exact_nodes])
    scale = np.maximum(np.abs(matrix).max(axis=0), 1e-300)
    h, center, residual = flint.fmpq_poly([0]), flint.fmpq(0), f
    for _ in range(_ROUNDS):
        values = np.array([_float(residual(x)) for x in exact_nodes])
        size = float(np.abs(values).max())
        if size == 0.0:
            break
        solution = np.linalg.lstsq(matrix / scale, values / size, rcond=1e-15)[0] / scale
        parts = [_rational(_rounded(c, size)) for c in solution]
        for part, element, defect in zip(parts[:-1], basis, defects, strict=True):
            h, residual = h + part * element, residual - part * defect
        center, residual = center + parts[-1], residual - parts[-1]
    least, most = _range(residual)
    middle = _simplest((least + most) / 2, (most - least) / 64)
    half_width = max(most - middle, middle - least)
    return h, as_fraction(center + middle), _round_up(as_fraction(half_width))


def _chebyshev(degree: int) -> list[Polynomial]:
    """T_1 … T_degree."""
    first, second = flint.fmpq_poly([1]), flint.fmpq_poly([0, 1])
    found = []
    for _ in range(degree):
        found.append(second)
        first, second = second, 2 * flint.fmpq_poly([0, 1]) * second - first
    return found


def _range(polynomial: Polynomial) -> tuple[Any, Any]:
    """Bounds on [−1, 1] from Bernstein coefficients on equal pieces."""
    least, most = [], []
    for k in range(PIECES):
        left, width = flint.fmpq(2 * k - PIECES, PIECES), flint.fmpq(2, PIECES)
        piece = polynomial(flint.fmpq_poly([left, width]))
        degree = max(piece.degree(), 0)
        scaled = [piece[i] / math.comb(degree, i) for i in range(degree + 1)]
        for i in range(degree):  # b_j = Σ_i C(j, i)·scaled_i by repeated sums
            for j in range(degree, i, -1):
                scaled[j] = scaled[j] + scaled[j - 1]
        least.append(min(scaled))
        most.append(max(scaled))
    return min(least), max(most)


def _simplest(value: Any, slack: Any) -> Any:
    """A short rational within `slack` of the value."""
    if slack == 0:
        return value
    bits = max(0, math.ceil(-math.log2(_float(slack))))
    step = flint.fmpq(1, 2**bits)
    return flint.fmpq(round(as_fraction(value / step))) * step


def _round_up(value: Fraction) -> Fraction:
    """Three significant decimal digits, upwards."""
    if value == 0:
        return value
    exponent = 2 - math.floor(math.log10(float(value)))
    ten = Fraction(10) ** exponent
    return Fraction(math.ceil(value * ten)) / ten


def _rounded(coefficient: float, size: float) -> Fraction:
    """coefficient·size, rounded relative to size."""
    exponent = _BITS - max(-900, math.floor(math.log2(size)))
    unit = Fraction(2) ** exponent
    return Fraction(round(Fraction(float(coefficient)) * Fraction(size) * unit)) / unit


def _rational(value: Fraction) -> Any:
    return flint.fmpq(value.numerator, value.denominator)


def _float(value: Any) -> float:
    return float(as_fraction(value))


def _polynomial(coefficients: Coefficients) -> Polynomial:
    return flint.fmpq_poly([_rational(c) for c in coefficients])


def _coefficients(polynomial: Polynomial) -> Coefficients:
    return tuple(as_fraction(c) for c in polynomial.coeffs()) or (Fraction(0),)
