"""The tiles of aihwkit, as plainly as this comparison needs them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
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


class _Tile:
    """A tile of a configuration of aihwkit."""

    def __init__(self, rows: int, columns: int, configuration: Any):
        from aihwkit.simulator.tiles import AnalogTile

        self._owner = AnalogTile(rows, columns, configuration)  # must outlive its tile
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


class PeerTile(_Tile):
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

        kind = getattr(devices, device, None) or getattr(presets, device)
        update = UpdateParameters(
            desired_bl=pulses,
            update_management=management,
            update_bl_management=length_management,
        )
        super().__init__(rows, columns, SingleRPUConfig(device=kind(**parameters), update=update))


class PeerCompound(_Tile):
    """One tile of aihwkit whose cells are compounds of a fast and a slow device.

    Parameters
    ----------
    rows, columns : int
    compound : str
        Name of a compound.
    devices : sequence of (str, mapping)
        Names and parameters of the fast and of the slow device.
    parameters : mapping
        Of the compound.
    read_noise : float
        The only thing that a read of the fast device suffers from.
    pulses : int
        Longest train of an update of the fast device.
    """

    def __init__(
        self,
        rows: int,
        columns: int,
        compound: str,
        devices: Sequence[tuple[str, Mapping[str, Any]]],
        parameters: Mapping[str, Any],
        *,
        read_noise: float,
        pulses: int,
    ):
        from aihwkit.simulator.configs import IOParameters, UnitCellRPUConfig, compounds
        from aihwkit.simulator.configs import devices as known
        from aihwkit.simulator.configs.utils import (
            BoundManagementType,
            NoiseManagementType,
            UpdateParameters,
        )

        reads = IOParameters(
            inp_res=-1, out_res=-1, inp_bound=0, out_bound=0, out_noise=read_noise,
            noise_management=NoiseManagementType.NONE, bound_management=BoundManagementType.NONE,
        )  # fmt: skip
        cell = getattr(compounds, compound)(
            unit_cell_devices=[getattr(known, name)(**given) for name, given in devices],
            transfer_forward=reads,
            **parameters,
        )
        update = UpdateParameters(desired_bl=pulses)
        super().__init__(rows, columns, UnitCellRPUConfig(device=cell, update=update))


def _tensor(values: ArrayLike) -> Any:
    import torch

    return torch.from_numpy(np.array(values, dtype=np.float32))
