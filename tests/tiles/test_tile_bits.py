"""The generated kernel gives the bits of the NumPy reference; so does any split of the work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from analogtheory import responses
from analogtheory.kernels import packing
from analogtheory.responses.response import Response
from analogtheory.tiles import kernel_source
from analogtheory.tiles.affine import has_affine_train
from analogtheory.tiles.tile import Tile

Array = NDArray[Any]

SHAPES = (
    (1, 1), (1, 7), (9, 1), (2, 3), (5, 64), (17, 33), (3, 511), (1, 513), (2, 1025), (130, 3),
    (1, 1, 1), (5, 1, 1), (3, 2, 5), (700, 1, 1), (2, 33, 17), (3, 2, 700),
)  # fmt: skip

#: Kinds of trains, and lr·X·D/Δw_min.
UPDATES: tuple[tuple[dict[str, Any], float], ...] = (
    ({}, 0.4),
    ({}, 5.5),
    ({"pulses": 31}, 80.0),
    ({"pulses": 1}, 0.7),
    ({"pulses": 5, "length_management": False}, 1.5),
    ({"management": False}, 12.0),
    ({"train": "deterministic"}, 7.3),
    ({"train": "mean-count", "pulses": 13}, 4.4),
)
LONG = (
    *UPDATES[:2],
    ({"pulses": 32, "length_management": False}, 20.0),
    ({"pulses": 200}, 150.0),
    ({"pulses": 64}, 63.5),
    ({"train": "deterministic", "pulses": 120}, 100.0),
)
LONGEST: tuple[tuple[dict[str, Any], float], ...] = (({"pulses": 1000}, 900.0),)


def numbers(source: np.random.Generator, shape: tuple[int, ...], share: float) -> Array:
    """Signed numbers, of which a share is not 0 (but one at least)."""
    values = source.normal(size=shape) * (source.random(shape) < share)
    values.reshape(-1)[source.integers(values.size)] = 1.0
    return values


def vectors_of(
    source: np.random.Generator, shape: tuple[int, ...], count: int, share: float
) -> tuple[Array, Array]:
    outer = shape[:-2] if source.random() < 0.7 else ()
    x = numbers(source, (*outer, count, shape[-1]), share)
    d = numbers(source, (*shape[:-2], count, shape[-2]), share)
    if count > 2:
        d[..., 1, :] = 0.0  # nothing to do for one vector
    return x, d


def pair(response: Any, shape: tuple[int, ...], **settings: Any) -> tuple[Tile, Tile]:
    source = np.random.default_rng(1)
    tiles = tuple(Tile(response, shape, backend=b, **settings) for b in ("numpy", "numba"))
    low, high = tiles[0].low - tiles[0].reference, tiles[0].high - tiles[0].reference
    start = (low + source.uniform(0.0, 1.0, tiles[0]._full) * (high - low)).reshape(shape)
    for tile in tiles:
        tile.set_weights(start)
    return tiles[0], tiles[1]


def run_all(response: Any, updates: Any, shapes: Any = SHAPES, **settings: Any) -> Iterator[Any]:
    """Both tiles after every update of a matrix of settings."""
    given = {"dw_min": 0.01, "seed": 2**35 + 9, "stream": 3, **settings}
    for number, shape in enumerate(shapes):
        source = np.random.default_rng(number)
        made = response(shape) if callable(response) else response
        one, other = pair(made, shape, first_problem=number if len(shape) == 3 else 0, **given)
        rate = float(np.mean(one.dw_min))
        for k in range(3):
            train, pulses = updates[(3 * number + k) % len(updates)]
            x, d = vectors_of(source, shape, 4, (1.0, 0.3, 0.05)[k])
            lr = pulses * rate / max(np.abs(x).max() * np.abs(d).max(), 1e-9)
            before = one.pulses
            for tile in (one, other):
                tile.update(x, d, lr, **train)
            yield one, other, one.pulses - before


def assert_same(response: Any, updates: Any, shapes: Any = SHAPES, **settings: Any) -> None:
    for one, other, _ in run_all(response, updates, shapes, **settings):
        for name, value in one.state().items():
            assert value.tobytes() == other.state()[name].tobytes(), (name, one.shape)
        assert one.weights.tobytes() == other.weights.tobytes()
        assert one.weights.dtype == one.dtype


# ---------------------------------------------------------------------- the matrix


def test_soft_bounds_with_noise() -> None:
    assert_same("soft-bounds", UPDATES, cycle_noise=0.3)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_soft_bounds_cell_by_cell(dtype: str) -> None:
    varied = {"dw_min": 0.3, "up_down": 0.1, "bounds": 0.2}
    updates = {"float32": UPDATES, "float64": UPDATES[::3]}[dtype]
    shapes = SHAPES[::2] if dtype == "float32" else SHAPES[1::4]
    assert_same("soft-bounds", updates, shapes, dtype=dtype, cycle_noise=0.3,
                device_variation=varied)  # fmt: skip


@pytest.mark.parametrize("rows", [511, 512, 513, 1023])
def test_blocks_that_end_next_to_the_end_of_a_problem(rows: int) -> None:
    """A kernel takes 512 cells at a time; here each cell gets some ten pulses."""
    one, other = pair("soft-bounds", (3, rows, 1), dw_min=0.01, cycle_noise=0.3)
    for tile in (one, other):
        tile.update(np.ones((2, 1)), -np.ones((2, rows)), lr=0.1)
    assert one.pulses == 3 * rows * 2 * 10
    assert one.weights.tobytes() == other.weights.tobytes()


def test_a_power_in_double_precision_and_long_trains() -> None:
    device = responses.get("power", gamma_res=2.5, tau=0.7)
    assert_same(device, LONG, SHAPES[::2], cycle_noise=0.6, dtype="float64")
    assert_same(device, LONGEST, ((1, 2), (3, 1, 1)), cycle_noise=0.6)


@pytest.mark.skipif(not packing.can_pack(), reason="what the other tests run then")
def test_processors_that_cannot_pack_lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_source, "can_pack", lambda: False)
    assert_same("soft-bounds", UPDATES, SHAPES[1::2], cycle_noise=0.3)
    assert_same("exp-step", LONG, SHAPES[::4], cycle_noise=0.3, dtype="float64")


def test_exponential_steps_cell_by_cell_with_write_noise_and_stuck_cells() -> None:
    assert_same(
        "exp-step", UPDATES, SHAPES[1::2], cycle_noise=0.4, multiplicative_noise=False,
        write_noise=1.5, corrupt=0.2, reference=0.02,
        device_variation={"dw_min": 0.3, "up_down": 0.05, "bounds": 0.2, "gamma_up": 0.1},
    )  # fmt: skip


def test_a_formula_of_a_user_without_noise() -> None:
    device = Response(
        "log(2 + w) + max(w, -1/4)", "sqrt(1 + w**2)*exp(-w)", "-9/10", "4/5", name="of a user"
    )
    assert_same(device, UPDATES, SHAPES[::2])


def test_steep_affine_devices_are_stepped_pulse_by_pulse() -> None:
    """Δw_min·slope = 1.5 > 1: a pulse overshoots the fixed point; n at once would clip wrongly."""
    for dw_min, at_once in ((0.99, True), (1.0, True), (1.5, False)):
        tile = Tile("linear", (2, 2), dw_min=dw_min, backend="numpy")
        assert has_affine_train(tile._fields.step) is at_once
    noisy = Tile("linear", (2, 2), dw_min=0.01, cycle_noise=0.1, backend="numpy")
    assert not has_affine_train(noisy._fields.step)


def test_pulses_taken_at_once_differ_by_rounding() -> None:
    """An affine step without noise: n pulses are one power of the affine map.

    A pulse errs by at most one rounding of the product and one of each of two sums of
    numbers ≤ 1, and the steps contract: after N pulses both ways err by less than 3N·2⁻⁵³.
    """

    def devices(shape: tuple[int, ...]) -> Response:
        ends = np.linspace(0.3, 0.5, shape[-1])
        slopes = np.linspace(0.0, 1.9, shape[-1])  # the fixed point of up pulses: in or out
        return responses.get("linear-step", gamma_up=slopes, gamma_down=0.3, w_max=ends)

    total = 0
    for one, other, fired in run_all(devices, LONG, dtype="float64"):
        total += fired
        assert other.pulses == one.pulses
        most = 4 * 200  # vectors of a call, and slots
        assert np.abs(one.weights - other.weights).max() <= 3 * most * 2.0**-53
        other.set_weights(one.weights)  # every update is compared by itself
    assert total > 100_000


def test_expected_updates() -> None:
    for settings in ({}, {"dtype": "float64"}):
        for shape in SHAPES[::3]:
            one, other = pair(responses.get("power"), shape, dw_min=0.01, **settings)
            x, d = vectors_of(np.random.default_rng(2), shape, 4, 0.6)
            for tile in (one, other):
                tile.update(x, d, 0.02, train="expected")
            assert one.weights.tobytes() == other.weights.tobytes()
            assert one.pulses == other.pulses == 0


# ---------------------------------------------------------------------- splitting the work


def made(shape: tuple[int, ...] = (2, 17, 33), **settings: Any) -> Tile:
    """Tiles that share a compiled kernel with the first test."""
    return Tile("soft-bounds", shape, **{"dw_min": 0.01, "cycle_noise": 0.3, **settings})


def data(count: int = 8) -> tuple[Array, Array]:
    source = np.random.default_rng(8)
    return source.normal(size=(2, count, 33)), source.normal(size=(2, count, 17))


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_vectors_may_come_in_any_number_of_calls(backend: str) -> None:
    x, d = data()
    together, apart = made(backend=backend), made(backend=backend)
    together.update(x, d, 0.01)
    for part in (slice(0, 4), slice(4, 5), slice(5, 8)):
        apart.update(x[:, part], d[:, part], 0.01)
    assert together.weights.tobytes() == apart.weights.tobytes()
    assert together.pulses == apart.pulses > 1000


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_problems_may_be_computed_alone(backend: str) -> None:
    x, d = data()
    noise = 2.0 if backend == "numpy" else 0.0
    both = made(backend=backend, write_noise=noise)
    both.update(x, d, 0.01)
    for problem in range(2):
        alone = made((1, 17, 33), backend=backend, first_problem=problem, write_noise=noise)
        alone.update(x[problem : problem + 1], d[problem : problem + 1], 0.01)
        assert alone.weights[0].tobytes() == both.weights[problem].tobytes()


def test_problems_of_varied_devices_may_be_computed_alone() -> None:
    settings: dict[str, Any] = {
        "device_variation": {"dw_min": 0.3, "bounds": 0.2, "reference": 0.01},
        "corrupt": 0.1, "backend": "numpy", "seed": 4,
    }  # fmt: skip
    x, d = data()
    both, alone = made(**settings), made((1, 17, 33), first_problem=1, **settings)
    both.update(x, d, 0.01)
    both.program_symmetric_point(5, "random")
    alone.update(x[1:], d[1:], 0.01)
    alone.program_symmetric_point(5, "random")
    assert alone.weights[0].tobytes() == both.weights[1].tobytes()
    calibrated = [
        Tile("ecram", (n, 3, 4), first_problem=first, device_variation="calibrated", seed=4)
        for n, first in ((3, 0), (1, 2))
    ]
    assert np.array_equal(calibrated[0].high[2], calibrated[1].high[0])
    assert not np.array_equal(calibrated[0].high[0], calibrated[0].high[1])


def test_the_number_of_threads_changes_nothing() -> None:
    x, d = np.ones((64, 300)), np.linspace(-1, 1, 64 * 70).reshape(64, 70)
    results = []
    before = numba.get_num_threads()
    try:
        for threads in (1, before):
            numba.set_num_threads(threads)
            tile = made((70, 300), write_noise=0.0)
            tile.update(x, d, 0.01)
            results.append((tile.weights.tobytes(), tile.pulses))
    finally:
        numba.set_num_threads(before)
    assert results[0] == results[1]


def test_seeds_and_streams_name_the_random_numbers() -> None:
    x, d = data()
    found = {}
    for seed, stream in ((0, 0), (0, 1), (1, 0), (2**32, 0), (2**64 - 1, 2**28 - 1), (0, 0)):
        tile = made(seed=seed, stream=stream)
        tile.update(x, d, 0.01)
        bits = tile.weights.tobytes()
        assert found.setdefault((seed, stream), bits) == bits
    assert len(set(found.values())) == 5


def test_streams_of_tiles_have_uncorrelated_noise() -> None:
    """Two tiles with the same seed, 16 384 cells: their correlation is below .045.

    Bernstein for products of 4 pulses' noise, cut at 5 standard deviations: z = 5.4 of
    1/√16384 = .0078, error below 1e-6; sharing numbers would give 1.
    """
    noise = []
    for stream in (0, 1):
        tile = Tile(
            responses.get("ideal", tau=100.0), (128, 128), dw_min=0.01, cycle_noise=1.0,
            stream=stream, backend="numpy",
        )  # fmt: skip
        tile.update(np.ones(128), -np.ones(128), 0.04, train="deterministic")
        noise.append(tile.weights.ravel())
    assert abs(np.corrcoef(*noise)[0, 1]) < 0.045
