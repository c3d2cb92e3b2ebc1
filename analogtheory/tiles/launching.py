"""The CUDA kernels of a tile: compiled when they are first needed, launched over its cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from analogtheory.kernels.gpu import available_cupy, compiled

#: Threads of a block.
THREADS = 128

#: Blocks of a launch; threads go on to further cells when there are not enough.
MOST_BLOCKS = 1 << 20


class Kernels:
    """Kernels for the current device.

    Attributes
    ----------
    cupy : module
    seconds : float
        Spent on compiling.

    Raises
    ------
    MissingExtra
        If CuPy is not installed.
    InputError
        If it is, and there is no device.
    """

    def __init__(self) -> None:
        self.cupy = available_cupy()
        self.seconds = 0.0
        self._sources: dict[str, str] = {}

    def kernel(self, entry: str, key: str, source: Callable[[], str]) -> Callable[..., None]:
        """A kernel of a source.

        Parameters
        ----------
        entry : str
            The name of the kernel.
        key : str
            Which kernel of the tile it is.
        source : callable
            Writes the source; called once for a key.
        """
        if key not in self._sources:
            self._sources[key] = source()
        kernel, seconds = compiled(self.cupy, self._sources[key], entry)
        self.seconds += seconds
        return kernel

    def launch(self, kernel: Callable[..., None], count: int, arguments: tuple[Any, ...]) -> None:
        """Run a kernel with a thread for each of `count` lanes, as far as there are threads."""
        blocks = min(-(-count // THREADS), MOST_BLOCKS)
        kernel((blocks,), (THREADS,), arguments)
