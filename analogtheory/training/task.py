"""What a task is: a stream of inputs and errors for many problems at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from analogtheory.training.algorithms.base import Algorithm
from analogtheory.training.fingerprint import fingerprint, plain

Array = NDArray[Any]


class Task(ABC):
    """A stream of vectors.

    Attributes
    ----------
    vectors_per_step : int
        How many vectors one step of training takes.
    target : array that broadcasts to (problems, rows, columns)
        The weights that are best.
    """

    vectors_per_step: int
    target: Array
    measures: ClassVar[tuple[str, ...]] = ("error", "loss")

    @abstractmethod
    def vectors(self, algorithm: Algorithm, first: int, steps: int) -> tuple[Array, Array]:
        """Inputs and errors of some steps at the weights that the algorithm has now.

        Parameters
        ----------
        algorithm : Algorithm
        first, steps : int
            Number of the first step, and of how many.

        Returns
        -------
        x, d : arrays (problems, vectors, columns) and (problems, vectors, rows)
        """

    def error(self, weights: Array) -> Array:
        """Root mean square of W − W* over the cells, (problems,)."""
        return np.asarray(np.sqrt(np.square(weights - self.target).mean(axis=(1, 2))))

    @abstractmethod
    def loss(self, weights: Array) -> Array:
        """The objective at some weights, noise left out, (problems,)."""

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """What determines the task, for the fingerprint."""

    def fingerprint(self) -> str:
        """Equal for equal tasks."""
        return fingerprint([type(self).__name__, plain(self.settings())])

    @abstractmethod
    def check(self, algorithm: Algorithm) -> None:
        """Hold the task against the shape of an algorithm.

        Raises
        ------
        InputError
            If they do not fit.
        """
