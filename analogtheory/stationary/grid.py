"""Tensor grids of Chebyshev nodes on panels, and interpolation on them.

Nodes are of the first kind, so that no node lies on a panel edge and a function may have
a kink, even a jump, there. Interpolation is barycentric (Berrut and Trefethen 2004): the
weights of first-kind nodes are (−1)ʲ sin((2j+1)π/2n).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Axis:
    """Panels of one state variable.

    Attributes
    ----------
    edges : tuple of float
        Ends and inner breaks, increasing.
    count : int
        Nodes on each panel.
    """

    edges: tuple[float, ...]
    count: int

    @property
    def size(self) -> int:
        """Number of nodes."""
        return self.count * (len(self.edges) - 1)

    @cached_property
    def _angles(self) -> Array:
        return np.asarray((2 * np.arange(self.count) + 1) * np.pi / (2 * self.count))

    @cached_property
    def nodes(self) -> Array:
        """The nodes, panel by panel, increasing."""
        unit = -np.cos(self._angles)
        return np.concatenate(
            [
                0.5 * (low + high) + 0.5 * (high - low) * unit
                for low, high in zip(self.edges[:-1], self.edges[1:], strict=True)
            ]
        )

    @cached_property
    def _weights(self) -> Array:
        return np.asarray(np.sin(self._angles) * (-1.0) ** np.arange(self.count))

    def basis(self, points: Array) -> Array:
        """Values of the cardinal functions: shape (...,) → (..., size).

        A point outside the edges belongs to the nearest panel and is extrapolated.
        """
        flat = points.reshape(-1)
        panel = np.searchsorted(np.asarray(self.edges[1:-1]), flat, side="right")
        out = np.zeros((flat.size, self.size))
        for k in range(len(self.edges) - 1):
            chosen = slice(None) if len(self.edges) == 2 else np.flatnonzero(panel == k)
            columns = slice(k * self.count, (k + 1) * self.count)
            out[chosen, columns] = self._cardinal(flat[chosen], self.nodes[columns])
        return out.reshape((*points.shape, self.size))

    def _cardinal(self, points: Array, nodes: Array) -> Array:
        distance = points[:, None] - nodes
        hit = distance == 0.0
        distance[hit] = 1.0
        terms = self._weights / distance
        on_node = hit.any(axis=1)
        terms[on_node] = hit[on_node]
        return np.asarray(terms / terms.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Grid:
    """The tensor product of one or two axes, one per state."""

    axes: tuple[Axis, ...]

    @property
    def size(self) -> int:
        """Number of nodes."""
        return int(np.prod([axis.size for axis in self.axes]))

    @cached_property
    def points(self) -> tuple[Array, ...]:
        """Coordinates of all nodes: one array of shape (size,) per state."""
        mesh = np.meshgrid(*(axis.nodes for axis in self.axes), indexing="ij")
        return tuple(np.asarray(m.reshape(-1)) for m in mesh)

    def rows(self, states: Sequence[Array], weights: Array) -> Array:
        """Rows of the interpolated operator: Σ_q weights·ℓ(x), ℓ the cardinal functions.

        Parameters
        ----------
        states : list of arrays, shape (n, q), or (n, 1) where one does not vary with q
        weights : array, shape (n, q)

        Returns
        -------
        array, shape (n, size)
        """
        first = self.axes[0].basis(states[0])
        if len(self.axes) == 1:
            return _contract(weights, first)
        second = self.axes[1].basis(states[1])
        if first.shape[1] > 1 and second.shape[1] > 1:
            joint = np.matmul((weights[..., None] * first).transpose(0, 2, 1), second)
        else:
            if first.shape[1] > 1:
                left, right = _contract(weights, first), second[:, 0]
            else:
                left, right = first[:, 0], _contract(weights, second)
            joint = left[:, :, None] * right[:, None, :]
        return np.asarray(joint.reshape(len(weights), self.size))


def _contract(weights: Array, basis: Array) -> Array:
    if basis.shape[1] == 1:
        return np.asarray(weights.sum(axis=1, keepdims=True) * basis[:, 0])
    return np.asarray(np.matmul(weights[:, None, :], basis)[:, 0])
