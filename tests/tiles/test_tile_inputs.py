"""What a tile refuses, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from analogtheory import responses
from analogtheory.errors import InputError
from analogtheory.responses.response import Response
from analogtheory.tiles.tile import Tile

ARRAYS = responses.get("linear", tau=np.ones((3, 4)))


def made(**settings: Any) -> Tile:
    return Tile("linear", (2, 3), **{"dw_min": 0.01, "backend": "numpy", **settings})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"shape": (3,)}, "shape"),
        ({"shape": (2, 3, 4, 5)}, "shape"),
        ({"shape": 3}, "shape"),
        ({"shape": (0, 3)}, "shape"),
        ({"shape": (2.0, 3)}, "shape"),
        ({"shape": (True, 3)}, "shape"),
        ({"shape": (2**16, 2**16)}, "cells"),
        ({"response": 3}, "response"),
        ({"response": "no such device"}, "unknown name"),
        ({"response": ARRAYS}, "do not fit"),
        ({"response": ARRAYS, "corrupt": 0.5}, "do not fit"),
        ({"dw_min": None}, "dw_min"),
        ({"dw_min": 0.0}, "positive"),
        ({"dw_min": -1.0}, "positive"),
        ({"dw_min": np.inf}, "finite"),
        ({"dw_min": "much"}, "dw_min"),
        ({"dw_min": [1.0, 2.0]}, "does not fit"),
        ({"cycle_noise": -0.1}, "≥ 0"),
        ({"cycle_noise": np.nan}, "finite"),
        ({"multiplicative_noise": 1}, "True or False"),
        ({"write_noise": -1.0}, "≥ 0"),
        ({"write_noise": np.inf}, "≥ 0"),
        ({"write_noise": [1.0]}, "≥ 0"),
        ({"reference": 1.5}, "range"),
        ({"reference": [[0.0, 0.0, -1.1]]}, "range"),
        ({"reference": np.nan}, "finite"),
        ({"reference": np.zeros(2)}, "does not fit"),
        ({"corrupt": -0.1}, "probability"),
        ({"corrupt": 1.1}, "probability"),
        ({"corrupt": True}, "probability"),
        ({"corrupt": 0.1, "corrupt_reach": 0.0}, "corrupt_reach"),
        ({"corrupt": 0.1, "corrupt_reach": "far"}, "corrupt_reach"),
        ({"periphery": 3}, "periphery"),
        ({"dtype": "float16"}, "dtype"),
        ({"dtype": "nonsense"}, "dtype"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"stream": -1}, "stream"),
        ({"stream": 2**28}, "stream"),
        ({"stream": 1.0}, "stream"),
        ({"first_problem": -1}, "first_problem"),
        ({"first_problem": 2**24}, "first_problem"),
        ({"first_problem": 0.5}, "first_problem"),
        ({"backend": "cuda"}, "backend"),
        ({"backend": np.ones(2)}, "backend"),
        ({"device_variation": "calibrated"}, "device-to-device"),
        ({"device_variation": "measured"}, "'calibrated' or a dict"),
        ({"device_variation": 0.3}, "device_variation"),
        ({"device_variation": ["tau"]}, "device_variation"),
        ({"device_variation": {"no such": 0.1}}, "no such"),
        ({"device_variation": {"tau": -0.1}}, "≥ 0"),
        ({"device_variation": {"tau": np.nan}}, "≥ 0"),
        ({"device_variation": {"tau": "wide"}}, "≥ 0"),
        ({"device_variation": {"dw_min": True}}, "≥ 0"),
        ({"device_variation": {"tau": 0.1}, "response": responses.get(
            "linear", tau=np.ones((2, 3)))}, "already arrays"),
        ({"device_variation": {"bounds": 0.1}, "response": Response(
            "1 - w", "1 + w", -1, 1)}, "no parameter"),
    ],
)  # fmt: skip
def test_tiles_that_cannot_be(settings: dict[str, Any], message: str) -> None:
    settings = {"dw_min": 0.01, "backend": "numpy", **settings}
    with pytest.raises(InputError, match=message):
        Tile(settings.pop("response", "linear"), settings.pop("shape", (2, 3)), **settings)


def test_a_device_that_is_not_calibrated_needs_a_pulse_size() -> None:
    with pytest.raises(InputError, match="linear is not calibrated"):
        Tile("linear", (2, 3))
    assert Tile("ecram", (2, 3)).dw_min == 0.002


X, D = np.ones(3), np.ones(2)


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        ((np.ones(2), D, 0.1), {}, "^x: needs 3"),
        ((X, np.ones(3), 0.1), {}, "^d: needs 2"),
        ((np.ones((4, 3)), np.ones((3, 2)), 0.1), {}, "4 and 3 vectors"),
        ((np.ones((2, 4, 3)), np.ones((4, 2)), 0.1), {}, "2 problems"),
        ((np.ones((1, 1, 1, 3)), D, 0.1), {}, "^x: needs"),
        ((1.0, D, 0.1), {}, "^x: needs"),
        (([1.0, np.nan, 0.0], D, 0.1), {}, "^x: must be finite"),
        ((X, [np.inf, 0.0], 0.1), {}, "^d: must be finite"),
        ((["a", "b", "c"], D, 0.1), {}, "array of numbers"),
        (([1j, 0, 0], D, 0.1), {}, "array of numbers"),
        ((X, D, -0.1), {}, "^lr"),
        ((X, D, np.nan), {}, "^lr"),
        ((X, D, "fast"), {}, "^lr"),
        ((X, D, [0.1, 0.2]), {}, "one per problem"),
        ((X, D, 0.1), {"pulses": 0}, "from 1 to 1000"),
        ((X, D, 0.1), {"pulses": 1001}, "from 1 to 1000"),
        ((X, D, 0.1), {"pulses": 31.0}, "whole number"),
        ((X, D, 0.1), {"pulses": True}, "whole number"),
        ((X, D, 0.1), {"train": "random"}, "unknown"),
        ((X, D, 0.1), {"train": ["stochastic"]}, "unknown"),
        ((X, D, 0.1), {"management": 1}, "management"),
        ((X, D, 0.1), {"length_management": None}, "length_management"),
    ],
)
def test_updates_that_cannot_be(
    arguments: tuple[Any, ...], settings: dict[str, Any], message: str
) -> None:
    tile = made()
    with pytest.raises(InputError, match=message):
        tile.update(*arguments, **settings)
    assert (tile.vectors, tile.pulses, bool(tile.weights.any())) == (0, 0, False)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize(
    "settings",
    [{}, {"pulses": 40}, {"train": "mean-count"}, {"train": "expected"}],
    ids=["drawn", "drawn in two words", "products", "expected"],
)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nothing_is_updated_if_one_number_is_not_finite(
    backend: str, settings: dict[str, Any], value: float
) -> None:
    """Whoever looks at the vectors, looks at all before the first pulse."""
    tile, x, d = made(backend=backend), np.ones((5, 3)), np.ones((5, 2))
    for name, array in (("x", x), ("d", d)):
        array[4, 1] = value
        for update in (tile.update, tile.update_and_read):
            reads = () if update == tile.update else ([-1, 0, -1, 1, -1],)
            with pytest.raises(InputError, match=f"^{name}: must be finite, got {value}$"):
                update(x, d, 0.1, *reads, **settings)
        array[4, 1] = 1.0
    assert (tile.vectors, tile.pulses, bool(tile.weights.any())) == (0, 0, False)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: t.set_weights(np.ones((3, 2))), "weights"),
        (lambda t: t.set_weights(np.nan), "finite"),
        (lambda t: t.set_weights("heavy"), "weights"),
        (lambda t: t.program_symmetric_point(0), "pulses"),
        (lambda t: t.program_symmetric_point(1.5), "pulses"),
        (lambda t: t.program_symmetric_point(3, "sorted"), "order"),
        (lambda t: t.forward(np.ones(2)), "needs 3"),
        (lambda t: t.backward(np.ones(3)), "needs 2"),
        (lambda t: t.forward([np.nan, 0.0, 0.0]), "finite"),
        (lambda t: t.restore({}), "state"),
        (lambda t: t.restore(None), "state"),
        (lambda t: t.restore({**t.state(), "more": 1}), "state"),
        (lambda t: t.restore({**t.state(), "stored": np.zeros((3, 2))}), "stored"),
        (lambda t: t.restore({**t.state(), "stored": np.full((2, 3), np.nan)}), "not finite"),
        (lambda t: t.restore({**t.state(), "stored": np.full((2, 3), "a")}), "state"),
        (lambda t: t.restore({**t.state(), "reference": np.zeros(7)}), "reference"),
        (lambda t: t.restore({**t.state(), "counters": np.zeros(4)}), "counters"),
        (lambda t: t.restore({**t.state(), "counters": -np.ones(5, int)}), "counters"),
        (lambda t: t.restore({**t.state(), "touched": np.zeros(6)}), "touched"),
    ],
)
def test_calls_that_cannot_be(call: Callable[[Tile], Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        call(made())


def test_the_end_of_the_counters() -> None:
    tile = made()
    state = tile.state()
    state["counters"][0] = 2**31 - 4
    tile.restore(state)
    with pytest.raises(InputError, match="vectors"):
        tile.update(np.ones((3, 3)), np.ones((3, 2)), 0.1)
    with pytest.raises(InputError, match="vectors"):
        tile.program_symmetric_point(3)
    tile.update(np.ones((2, 3)), np.ones((2, 2)), 0.1)
    assert tile.vectors == 2**31 - 2


@pytest.mark.parametrize(
    ("x", "d", "lr", "weight"),
    [
        (1e200, 1.0, 1e-202, -0.01),
        (1e-200, 1e200, 0.01, -0.01),
        (1e-170, 1e160, 1e8, -0.01),
        (1e200, 1e200, 1.0, -0.31),
        (1.0, 1.0, 1e308, -0.31),
    ],
)
def test_extreme_numbers_are_scaled(x: float, d: float, lr: float, weight: float) -> None:
    tile = Tile("ideal", (1, 2), dw_min=0.01, dtype="float64", backend="numpy")
    tile.update([x, 0.0], [d], lr)
    assert tile.weights[0] == pytest.approx([weight, 0.0], abs=1e-12)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_weights_too_large_for_the_precision_are_cut(backend: str) -> None:
    tile = made(backend=backend)
    assert tile.set_weights(1e300) == 6
    assert np.all(tile.weights == 1.0)
