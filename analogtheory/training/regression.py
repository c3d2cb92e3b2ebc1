"""Tasks with random data: linear and logistic regression, least squares."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from analogtheory.errors import InputError
from analogtheory.training.algorithms.base import Algorithm
from analogtheory.training.checks import matrices, numbers, numbers_per_problem, whole
from analogtheory.training.randomness import DATA, Source
from analogtheory.training.task import Task

Array = NDArray[Any]

#: Places of what a vector draws, and the numbers from which targets are drawn.
_INPUT, _LABEL, _TARGET = 0, 1, 2


class _Sampled(Task):
    """A task with random data: batches of vectors, each vector with a number of its own.

    Parameters
    ----------
    target : array that broadcasts to `shape`
        W*.

    Others as for :class:`LinearRegression`.
    """

    def __init__(
        self,
        target: ArrayLike,
        *,
        shape: tuple[int, int, int],
        batch: int,
        seed: int,
        stream: int,
        data: ArrayLike | None,
    ):
        self.shape = shape
        self.target = matrices("target", target, shape)
        self.batch = self.vectors_per_step = whole("batch", batch, 1)
        numbers_of = np.arange(shape[0]) if data is None else np.asarray(data)
        if numbers_of.shape != shape[:1]:
            raise InputError(
                f"data: must give one number for each of {shape[0]} problems, "
                f"got shape {numbers_of.shape}"
            )
        self._source = Source.of(seed, DATA, stream, numbers_of)

    def check(self, algorithm: Algorithm) -> None:
        """As :meth:`Task.check`."""
        if algorithm.shape != self.shape:
            raise InputError(f"target: is for {self.shape}, the algorithm has {algorithm.shape}")

    def vectors(self, algorithm: Algorithm, first: int, steps: int) -> tuple[Array, Array]:
        """As :meth:`Task.vectors`; errors are divided by the size of the batch."""
        places = np.arange(first * self.batch, (first + steps) * self.batch)
        x = self._inputs(places)
        errors = self._errors(x, np.asarray(algorithm.forward(x), dtype=np.float64), places)
        return x, errors / self.batch

    def _inputs(self, places: NDArray[np.int64]) -> Array:
        return self._source.normal(places, self.shape[2], _INPUT)

    @abstractmethod
    def _errors(self, x: Array, y: Array, places: NDArray[np.int64]) -> Array:
        """d of vectors with some numbers."""

    def _best(self, x: Array) -> Array:
        """W* x."""
        return np.asarray(x @ self.target.swapaxes(1, 2))

    def settings(self) -> dict[str, Any]:
        """As :meth:`Task.settings`."""
        return {"target": self.target, "batch": self.batch, "source": self._source}


def drawn_target(
    shape: tuple[int, int, int],
    *,
    spread: float = 0.3,
    limit: float = 0.8,
    seed: int = 0,
    stream: int = 0,
    data: ArrayLike | None = None,
) -> Array:
    """Target weights N(0, spread²), cut at ±limit.

    Parameters
    ----------
    shape : tuple of three int
        (problems, rows, columns).
    spread, limit : float
        > 0.
    seed, stream : int
    data : array of int (problems,), optional
        Numbers of the problems; equal numbers give equal targets.

    Raises
    ------
    InputError
        If an argument cannot be used.

    Examples
    --------
    >>> drawn_target((2, 3, 4), data=[0, 0]).std(axis=0).max() == 0
    np.True_
    """
    numbers("spread", spread, "positive")
    numbers("limit", limit, "positive")
    source = Source.of(seed, DATA, stream, np.arange(shape[0]) if data is None else data)
    xi = source.normal(0, shape[1] * shape[2], _TARGET).reshape(shape)
    return np.clip(spread * xi, -limit, limit)


class LinearRegression(_Sampled):
    """y = W x against W* x + label noise, x ~ N(0, I); loss ½‖W − W*‖² by rows.

    Parameters
    ----------
    shape : tuple of three int
        (problems, rows, columns).
    target : array that broadcasts to `shape`
        W*, see :func:`drawn_target`.
    label_noise : float or array (problems,)
        s ≥ 0.
    batch : int
        Vectors of a step; errors are divided by it.
    seed, stream : int
    data : array of int (problems,), optional
        Numbers of the problems: equal numbers give equal inputs and noise.

    Raises
    ------
    InputError
        If an argument cannot be used.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        target: ArrayLike,
        *,
        label_noise: Any = 0.0,
        batch: int = 1,
        seed: int = 0,
        stream: int = 0,
        data: ArrayLike | None = None,
    ):
        super().__init__(target, shape=shape, batch=batch, seed=seed, stream=stream, data=data)
        self._noise = numbers_per_problem("label_noise", label_noise, "non-negative", shape[0])

    def _errors(self, x: Array, y: Array, places: NDArray[np.int64]) -> Array:
        errors = y - self._best(x)
        if self._noise.any():
            xi = self._source.normal(places, self.shape[1], _LABEL)
            errors = errors - self._noise[:, None, None] * xi
        return errors

    def loss(self, weights: Array) -> Array:
        """½ Σ (W − W*)², the mean of ½‖(W − W*)x‖², (problems,)."""
        return np.asarray(0.5 * np.square(weights - self.target).sum(axis=(1, 2)))

    def settings(self) -> dict[str, Any]:
        """As :meth:`Task.settings`."""
        return {**super().settings(), "label_noise": self._noise}


class LogisticRegression(_Sampled):
    """Each row of W decides on its own label: P(1) = σ(W* x), x ~ N(0, I).

    Parameters
    ----------
    shape, target, batch, seed, stream, data
        As for :class:`LinearRegression`.
    samples : int
        Inputs that the loss is averaged over.

    Raises
    ------
    InputError
        If an argument cannot be used.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        target: ArrayLike,
        *,
        batch: int = 1,
        samples: int = 1000,
        seed: int = 0,
        stream: int = 0,
        data: ArrayLike | None = None,
    ):
        super().__init__(target, shape=shape, batch=batch, seed=seed, stream=stream, data=data)
        self._samples = whole("samples", samples, 1)

    def _errors(self, x: Array, y: Array, places: NDArray[np.int64]) -> Array:
        drawn = self._source.uniform(places, np.arange(self.shape[1]), _LABEL)
        return np.asarray(special.expit(y) - (drawn < special.expit(self._best(x))))

    def loss(self, weights: Array) -> Array:
        """Cross-entropy against the probabilities σ(W* x), summed over rows, (problems,)."""
        x = self._source.normal(np.arange(self._samples), self.shape[2], _TARGET + 1)
        y, p = x @ np.asarray(weights, dtype=np.float64).swapaxes(1, 2), self._best(x)
        costs = np.logaddexp(0.0, y) - special.expit(p) * y
        return np.asarray(costs.mean(axis=1).sum(axis=1))

    def settings(self) -> dict[str, Any]:
        """As :meth:`Task.settings`."""
        return {**super().settings(), "samples": self._samples}


class LeastSquares(_Sampled):
    """Vectors drawn from a table: loss ‖W a_i − b_i‖²/2, averaged over its samples.

    Parameters
    ----------
    shape : tuple of three int
        (problems, rows, columns).
    design : array (samples, columns)
        a_i.
    targets : array (samples, rows)
        b_i.
    batch, seed, stream, data
        As for :class:`LinearRegression`.

    Raises
    ------
    InputError
        If an argument cannot be used.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        design: ArrayLike,
        targets: ArrayLike,
        *,
        batch: int = 1,
        seed: int = 0,
        stream: int = 0,
        data: ArrayLike | None = None,
    ):
        self.design, self.targets = (np.array(a, dtype=np.float64) for a in (design, targets))
        fits = self.design.ndim == 2 and self.design.shape[1] == shape[2]
        if not fits or self.targets.shape != (len(self.design), shape[1]):
            raise InputError(
                f"least squares: design must be (samples, {shape[2]}) and targets "
                f"(samples, {shape[1]}), got {self.design.shape} and {self.targets.shape}"
            )
        if not (np.isfinite(self.design).all() and np.isfinite(self.targets).all()):
            raise InputError("least squares: design and targets must be finite")
        best = np.linalg.lstsq(self.design, self.targets, rcond=None)[0].T
        super().__init__(best, shape=shape, batch=batch, seed=seed, stream=stream, data=data)

    def _chosen(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        drawn = self._source.uniform(places, [0], _INPUT)[:, :, 0]
        return (drawn * len(self.design)).astype(np.int64)

    def _inputs(self, places: NDArray[np.int64]) -> Array:
        return np.asarray(self.design[self._chosen(places)])

    def _errors(self, x: Array, y: Array, places: NDArray[np.int64]) -> Array:
        return np.asarray(y - self.targets[self._chosen(places)])

    def loss(self, weights: Array) -> Array:
        """Mean of ‖W a_i − b_i‖²/2, (problems,)."""
        residual = self.design @ np.asarray(weights, dtype=np.float64).swapaxes(1, 2) - self.targets
        return np.asarray(0.5 * np.square(residual).sum(axis=2).mean(axis=1))

    def settings(self) -> dict[str, Any]:
        """As :meth:`Task.settings`."""
        return {**super().settings(), "design": self.design, "targets": self.targets}
