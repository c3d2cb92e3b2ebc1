"""Tiles: crossbar arrays of analog devices, updated by pulse trains and read in parallel.

Submodules
----------
tile
    :class:`Tile`, the public class.
devices, step, affine
    From a response to the statements of one pulse (or n) on one cell; variation of cells.
trains
    Stochastic and deterministic trains, update management.
pulsing, kernel_source, expected_source
    Applying trains to weights: NumPy reference and generated kernel.
periphery, reading, conversion, conversion_kernel
    Forward and backward reads.
programming, write_noise, streams, checks
    Symmetric-point programming, write noise, addresses of random numbers, bad input.
"""

from analogtheory.tiles.periphery import Periphery
from analogtheory.tiles.tile import Tile

__all__ = ["Periphery", "Tile"]
