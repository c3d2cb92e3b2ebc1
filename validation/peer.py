"""The tiles of aihwkit, as plainly as this comparison needs them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

VERSION = "1.2.0"

MISSING = (
    "aihwkit cannot be imported ({reason}): nothing was compared. "
    f"Install aihwkit {VERSION} beside analogtheory to run this comparison."
)

#: No variation between cells; every pulsed device has these.
EQUAL_CELLS = {
    "dw_min_dtod": 0.0, "up_down_dtod": 0.0, "w_max_dtod": 0.0, "w_min_dtod": 0.0,
}  # fmt: skip


class PeerMissing(Exception):
    """aihwkit cannot be imported; the message says why."""


def version() -> str:
    """The version of aihwkit.

    Raises
    ------
    PeerMissing
        If it cannot be imported.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import aihwkit.simulator.tiles
    except (ImportError, OSError, AttributeError) as problem:
        raise PeerMissing(MISSING.format(reason=problem)) from None
    return str(aihwkit.__version__)


class PeerTile:
    """One tile of aihwkit.

    Parameters
    ----------
    rows, columns : int
    device : str
        Name of a device or of a preset.
    parameters : mapping
        Of the device.
    pulses : int
        Longest train.
    management, length_management : bool
        Update management and update-BL management.
    """

    def __init__(
        self,
        rows: int,
        columns: int,
        device: str,
        parameters: Mapping[str, Any],
        *,
        pulses: int = 31,
        management: bool = True,
        length_management: bool = True,
    ):
        from aihwkit.simulator import presets
        from aihwkit.simulator.configs import SingleRPUConfig, devices
        from aihwkit.simulator.configs.utils import UpdateParameters
        from aihwkit.simulator.tiles import AnalogTile

        kind = getattr(devices, device, None) or getattr(presets, device)
        update = UpdateParameters(
            desired_bl=pulses,
            update_management=management,
            update_bl_management=length_management,
        )
        config = SingleRPUConfig(device=kind(**parameters), update=update)
        self._owner = AnalogTile(rows, columns, config)  # must outlive its tile
        self._tile = self._owner.tile

    @property
    def weights(self) -> NDArray[np.float32]:
        """A copy."""
        return np.array(self._tile.get_weights().numpy())

    def set_weights(self, weights: ArrayLike) -> None:
        """Put the weights where they are wanted."""
        self._tile.set_weights(_tensor(weights))

    def update(self, x: ArrayLike, d: ArrayLike, lr: float) -> None:
        """W ← W − lr·d xᵀ by pulses, for the rows of x and d."""
        self._tile.set_learning_rate(lr)
        self._tile.update(_tensor(np.atleast_2d(x)), _tensor(np.atleast_2d(d)), False)


def _tensor(values: ArrayLike) -> Any:
    import torch

    return torch.from_numpy(np.array(values, dtype=np.float32))
