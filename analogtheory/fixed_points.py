"""Fixed points of the mean field of a Dynamics: the search, and what is said of each."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import sympy
from numpy.typing import NDArray
from scipy import optimize

if TYPE_CHECKING:
    from analogtheory.dynamics import Dynamics

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FixedPoint:
    """A zero of the mean field.

    Attributes
    ----------
    state : dict
        Value of each state.
    residual : float
        Largest component of the mean field there (relative to the step sizes).
    jacobians : tuple of arrays
        Jacobians of the mean field, one for each side of a kink that passes through the
        point (|P| at P = 0), one in all if there is none.
    spectral_abscissa : float
        Largest real part of their eigenvalues.
    spectral_radius : float
        Largest modulus of the eigenvalues of I + Jacobian: the averaged iteration at the
        given step sizes, to first order.
    """

    state: dict[str, float]
    residual: float
    jacobians: tuple[Array, ...]
    spectral_abscissa: float
    spectral_radius: float

    @property
    def is_stable(self) -> bool:
        """Whether every one-sided linearisation contracts at the given step sizes.

        With one side this is local stability. With two sides and two states it is too
        in continuous time (planar continuous bimodal systems); with more states it is
        only necessary.
        """
        return self.spectral_abscissa < 0 and self.spectral_radius < 1


class Search:
    """The search for zeros of the mean field inside the ranges of the analog states."""

    def __init__(self, dynamics: Dynamics):
        self._dynamics, self._states = dynamics, dynamics.states

    def points(self) -> list[FixedPoint]:
        """What :meth:`Dynamics.fixed_points` returns."""
        roots = self._scalar_roots() if len(self._states) == 1 else self._search_roots()
        return [self._describe(root) for root in roots]

    def _range_of(self, state: sympy.Symbol) -> tuple[float, float]:
        response = self._dynamics.responses.get(str(state))
        if response is not None:
            return response.range
        # A digital state holds combinations of analog ones: look as far as any of them goes.
        ends = [device.range for device in self._dynamics.responses.values()] or [(-1.0, 1.0)]
        return min(low for low, _ in ends), max(high for _, high in ends)

    @cached_property
    def _scale(self) -> float:
        """Size of the mean field over the ranges, to judge what counts as zero."""
        axes = [np.linspace(*self._range_of(state), 7) for state in self._states]
        grid = np.meshgrid(*axes, indexing="ij")
        return max(float(np.max(np.abs(d))) for d in self._dynamics.drift(*grid)) or 1.0

    def _scalar_roots(self) -> list[Array]:
        low, high = self._range_of(self._states[0])
        grid = np.linspace(low, high, 2001)
        values = self._dynamics.drift(grid)[0]

        def drift(w: float) -> float:
            return float(self._dynamics.drift(w)[0])

        roots = [grid[k] for k in np.flatnonzero(np.abs(values) <= 1e-15 * self._scale)]
        for k in np.flatnonzero(values[:-1] * values[1:] < 0):
            ends = grid[k], grid[k + 1]
            xtol = 1e-15 * (high - low)
            roots.append(optimize.brentq(drift, *ends, xtol=xtol, rtol=1e-15, maxiter=1000))
        return [np.array([root]) for root in _distinct(sorted(roots), 1e-9 * (high - low))]

    def _search_roots(self) -> list[Array]:
        ranges = [self._range_of(state) for state in self._states]
        starts = itertools.product(*(np.linspace(low, high, 7)[1:-1] for low, high in ranges))
        step_sizes = np.array([max(abs(high - low), 1e-12) for low, high in ranges])
        found: list[Array] = []
        for start in starts:
            x, info, _, _ = optimize.fsolve(  # type: ignore[call-overload]  # stubs want 1-D types
                lambda x: self._at(x) / self._scale, np.array(start), xtol=1e-13, full_output=True
            )
            inside = all(low <= v <= high for v, (low, high) in zip(x, ranges, strict=True))
            if not inside or np.max(np.abs(info["fvec"])) > 1e-10:
                continue
            if all(np.max(np.abs(x - other) / step_sizes) > 1e-6 for other in found):
                found.append(x)
        return sorted(found, key=lambda x: float(np.max(np.abs(self._at(x)))))

    def _at(self, x: Array) -> Array:
        return np.array([float(d) for d in self._dynamics.drift(*x)])

    def _describe(self, root: Array) -> FixedPoint:
        jacobians = self._dynamics.jacobians(root)
        # A response whose slope is infinite at the root has no linearisation there.
        finite = all(np.all(np.isfinite(j)) for j in jacobians)
        spectra = [np.linalg.eigvals(j) for j in jacobians] if finite else [np.array([np.inf])]
        eigenvalues = np.concatenate(spectra)
        return FixedPoint(
            state={str(s): float(v) for s, v in zip(self._states, root, strict=True)},
            residual=float(np.max(np.abs(self._at(root)))) / self._scale,
            jacobians=jacobians,
            spectral_abscissa=float(np.max(eigenvalues.real)),
            spectral_radius=float(np.max(np.abs(1.0 + eigenvalues))),
        )


def _distinct(values: list[float], tolerance: float) -> list[float]:
    kept: list[float] = []
    for value in values:
        if not kept or value - kept[-1] > tolerance:
            kept.append(value)
    return kept
