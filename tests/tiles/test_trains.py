"""How many pulses a vector fires at each cell: addresses, law, correlations, management."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from analogtheory import responses
from analogtheory.philox import philox4x32
from analogtheory.tiles.tile import Tile
from analogtheory.tiles.trains import Trains, lines_of

from .sampling import is_binomial

Array = NDArray[Any]

STEP = 2.0**-10


def pulses_of(x: Any, d: Any, k: float, shape: tuple[int, ...], **settings: Any) -> Array:
    """Pulses fired up, less those fired down, by one vector; k for the cell that moves most.

    Read off the weights of a device of constant step: Δw_min is a power of two, so that
    they are exact.
    """
    address = {name: settings.pop(name) for name in ("seed", "stream") if name in settings}
    first = settings.pop("first_problem", 0)
    tile = Tile(
        responses.get("ideal", tau=2.0), shape, dw_min=STEP, backend="numpy",
        first_problem=first, **address,
    )  # fmt: skip
    lr = k * STEP / (np.max(np.abs(x)) * np.max(np.abs(d)))
    tile.update(x, d, lr, **settings)
    counts = tile.weights / STEP
    assert np.array_equal(counts, np.round(counts))
    assert tile.pulses == np.abs(counts).sum()
    return counts


# ---------------------------------------------------------------------- addresses


@pytest.mark.parametrize("length", [1, 3, 32, 40, 77])
def test_slots_are_compared_with_the_documented_words(length: int) -> None:
    """Exact: with the fairness of Philox words this is the law of the trains and of all cells.

    Slot s of a line fires if word s mod 4 of the counter (vector, line, stream,
    problem·256 + ⌊s/4⌋) is below ⌈p·2³²⌉; vectors are counted from 1, column trains have the
    stream 16·tile, row trains 16·tile + 1.
    """
    seed, tile, first = 2**40 + 3, 7, 5
    x, d = np.array([1.0, -0.6, 0.3, 0.0]), np.array([0.5, 0.5, -0.1])
    counts = pulses_of(
        x, d, 0.7 * length, (2, 3, 4), seed=seed, stream=tile, first_problem=first,
        pulses=length, length_management=False,
    )  # fmt: skip
    largest = math.sqrt(0.7)  # management gives both largest lines the same probability
    key = (seed % 2**32, seed >> 32)
    for problem in range(2):
        trains = []
        for kind, values in ((0, x), (1, d)):
            limit = np.ceil(largest * np.abs(values) / np.abs(values).max() * 2**32)
            bits = np.array([
                philox4x32(
                    (1, np.arange(values.size), kind + 16 * tile, (first + problem) * 256 + s // 4),
                    key,
                )[s % 4]
                < limit
                for s in range(length)
            ])  # fmt: skip
            trains.append(bits)
        expected = trains[1].T.astype(int) @ trains[0].astype(int)
        assert np.array_equal(counts[problem], -np.sign(np.outer(d, x)) * expected)


def test_vectors_lines_slots_and_problems_do_not_share_words() -> None:
    """The 25 counts of two problems and two vectors: no two sets are the same.

    Counts are Binomial(40, ¼), of which the likeliest has probability .144; five rows of
    five columns with their own bits agree with probability below .144⁵ = 6e-5 a pair. The
    seed is fixed, and sharing words would make them equal.
    """
    tile = Tile(responses.get("ideal", tau=2.0), (2, 5, 5), dw_min=STEP, backend="numpy")
    trains = []
    for _ in range(2):
        tile.set_weights(0.0)
        tile.update(np.ones(5), -np.ones(5), 10 * STEP, pulses=40, length_management=False)
        trains.append(tile.weights / STEP)
    counts = np.concatenate(trains).reshape(4, 25)
    assert len({tuple(row) for row in counts.tolist()}) == 4
    assert counts.min() >= 0
    assert counts.max() <= 40
    assert all(len(set(row)) > 3 for row in counts.tolist())


# ---------------------------------------------------------------------- the law of a cell


@pytest.mark.parametrize(
    ("k", "length", "probability"),
    [(0.35, 1, 0.35), (3.5, 4, 0.875), (14.0, 14, 1.0), (70.0, 31, 1.0), (3.0, 3, 1.0)],
)
def test_one_cell_takes_binomial_counts(k: float, length: int, probability: float) -> None:
    """facts 3.1: BL = min(⌈k⌉, 31), n ~ Binomial(BL, k/BL); k = 14 and 70 without variance.

    Exact binomial intervals for the frequency of every count, error probability below
    1e-6 together; with 20 000 samples, shifts of a probability by more than .02 are seen.
    """
    counts = pulses_of([1.0], [-1.0], k, (20_000, 1, 1), seed=11)
    assert counts.min() >= 0
    assert counts.max() <= length
    law = stats.binom(length, probability).pmf(np.arange(length + 1))
    for n, expected in enumerate(law):
        hits = int((counts == n).sum())
        if probability == 1.0:
            assert hits == (counts.size if n == length else 0)
        else:
            assert is_binomial(hits, counts.size, float(expected), 1e-6 / law.size)


@pytest.mark.parametrize(
    ("settings", "k", "length", "columns", "rows"),
    [
        # both largest lines get √(k/BL)
        ({}, 3.5, 4, [0.875**0.5, 0.875**0.5 / 2], [0.875**0.5, 0.875**0.5 / 4]),
        # k > BL: only d is cut, and the largest x fires always
        ({}, 70.0, 31, [1.0, 0.5], [1.0, 70 / 31 / 4]),
        ({"pulses": 7}, 9.0, 7, [1.0, 0.5], [1.0, 9 / 7 / 4]),
        ({"length_management": False}, 3.5, 31, [(3.5 / 31) ** 0.5, (3.5 / 31) ** 0.5 / 2],
         [(3.5 / 31) ** 0.5, (3.5 / 31) ** 0.5 / 4]),
        # no management: x = 4 and d = ½ with the gain √(lr/(g BL)) = √½; p > 1 fires always
        ({"management": False}, 20.0, 20, [1.0, 1.0], [0.125**0.5, 0.125**0.5 / 4]),
        ({"management": False, "length_management": False, "pulses": 40}, 20.0, 40,
         [1.0, 1.0], [0.0625**0.5, 0.0625**0.5 / 4]),
    ],
)  # fmt: skip
def test_marginal_law_of_every_cell(
    settings: dict[str, Any], k: float, length: int, columns: list[float], rows: list[float]
) -> None:
    """Cell (i, j) takes Binomial(BL, p_j·q_i).

    Exact binomial intervals for each count of each of 4 cells, error probability below
    1e-6 together; shifts of a probability by more than .035 are seen in 10 000 samples.
    """
    counts = pulses_of([4.0, 2.0], [-0.5, 0.125], k, (10_000, 2, 2), seed=12, **settings)
    for i, q in enumerate(rows):
        for j, p in enumerate(columns):
            found = counts[:, i, j] * (1 if i == 0 else -1)
            probability = min(p, 1.0) * min(q, 1.0)
            law = stats.binom(length, probability).pmf(np.arange(length + 1))
            for n, expected in enumerate(law):
                hits = int((found == n).sum())
                assert is_binomial(hits, found.size, float(expected), 1e-6 / (4 * law.size))


@pytest.mark.parametrize("length_management", [True, False])
@pytest.mark.parametrize("longest", [1, 31, 200])
def test_probabilities_as_the_field_computes_them(longest: int, length_management: bool) -> None:
    """facts 3.1, items 1 to 3, in its own order of operations, over eight decades of k."""
    source = np.random.default_rng(3)
    x, d = source.normal(size=(1, 40, 6)), source.normal(size=(1, 40, 4))
    x *= np.geomspace(1e-4, 1e4, 40)[:, None]
    x[0, 7], d[0, 11] = 0.0, 0.0
    lr, g = 0.03, 0.002
    trains = Trains("stochastic", longest, True, length_management)
    lines = lines_of(x, d, np.array([lr]), np.array([g]), trains)
    for v in range(40):
        largest_x, largest_d = np.abs(x[0, v]).max(), np.abs(d[0, v]).max()
        k = lr * largest_x * largest_d / g
        assert lines.wanted[0, v] == pytest.approx(k, rel=1e-14)
        if k == 0:
            assert lines.lengths[0, v] == 0
            assert not lines.columns[0, v].any()
            assert not lines.rows[0, v].any()
            continue
        length = min(math.ceil(k), longest) if length_management else longest
        gain = math.sqrt(lr / (g * length))
        if k > longest:
            largest_d *= longest / k
        assert lines.lengths[0, v] == length
        for found, expected in (
            (lines.columns, gain * math.sqrt(largest_d / largest_x) * np.abs(x[0, v])),
            (lines.rows, gain * math.sqrt(largest_x / largest_d) * np.abs(d[0, v])),
        ):
            assert found[0, v] == pytest.approx(expected, rel=1e-13)


def test_a_whole_number_of_pulses_is_not_rounded_up() -> None:
    """0.14/0.02 is 7 pulses, though the quotient of the two doubles lies above 7."""
    assert 0.14 / 0.02 > 7
    one = np.ones((1, 1, 1))
    lines = lines_of(one, one, np.array([0.14]), np.array([0.02]), Trains())
    assert lines.lengths.tolist() == [[7]]


# ---------------------------------------------------------------------- correlation


def test_cells_of_a_column_share_its_train() -> None:
    """1000×1 cells, ¼ expected pulse: no cell is pulsed in half of the updates (facts 3.1).

    BL = 1 and p = q = √¼ = ½. With X the bit of the column and n ~ Binomial(1000, ½) rows
    that fire, X·n cells are pulsed: P(none) = ½ + 2⁻¹⁰⁰¹, and the fraction φ = X·n/1000
    has E φ = ¼, E φ² = ½(¼ + ¼/1000), so the standard deviation is √(1/16 + 1/8000) =
    .25025. Independent cells have P(none) = (¾)¹⁰⁰⁰ = 1e-125 and .0137. The field's
    simulator showed 47.6 % and .250 in a run: a sample of this ½, as unlikely as 1.5
    standard deviations if the run had 1000 updates.

    P(none): exact binomial, 2048 updates, error 4e-7: sees 5.6 %. n given X: each row fires
    independently, hence all 10⁶ of them: exact binomial, error 4e-7: sees .3 %.
    """
    fraction = (pulses_of([1.0], -np.ones(1000), 0.25, (2048, 1000, 1), seed=13) > 0).mean((1, 2))
    nothing = int((fraction == 0).sum())
    assert is_binomial(nothing, 2048, 0.5, 4e-7)
    rows = 1000 * (2048 - nothing)
    assert is_binomial(round(fraction.sum() * 1000), rows, 0.5, 4e-7)
    # with both of these, the spread follows: φ lies within .5 ± .09 where X = 1 (error 2e-7)
    assert np.abs(fraction[fraction > 0] - 0.5).max() < 0.095
    assert fraction.std() == pytest.approx(math.sqrt(1 / 16 + 1 / 8000), abs=0.002)
    assert is_binomial(476, 1000, 0.5, 0.1)
    assert not is_binomial(0, 1000, 0.5, 1e-300)


def test_pairs_of_cells_have_the_joint_law_of_shared_trains() -> None:
    """2×2 cells, BL = 1: the four cells are pulsed with X_j·D_i, 16 combinations of bits.

    k = .64, x = (1, ½), d = (1, ½): bits fire with .8 and .4. All nine patterns of the four
    cells are held against exact binomial intervals; together they err with 1e-6 and see
    shifts of .02 in 30 000 samples.
    """
    counts = pulses_of([1.0, 0.5], [-1.0, -0.5], 0.64, (30_000, 2, 2), seed=14)
    expected: dict[tuple[float, ...], float] = {}
    for bits in np.ndindex(2, 2, 2, 2):
        columns, rows = np.array(bits[:2]), np.array(bits[2:])
        chance = 1.0
        for bit, probability in zip(bits, (0.8, 0.4, 0.8, 0.4), strict=True):
            chance *= probability if bit else 1 - probability
        pattern = tuple(np.outer(rows, columns).ravel().tolist())
        expected[pattern] = expected.get(pattern, 0.0) + chance
    patterns, hits = np.unique(counts.reshape(-1, 4), axis=0, return_counts=True)
    found = {tuple(row): int(n) for row, n in zip(patterns.tolist(), hits, strict=True)}
    assert set(found) == set(expected)
    for pattern, chance in expected.items():
        assert is_binomial(found[pattern], 30_000, chance, 1e-6 / len(expected))


# ---------------------------------------------------------------------- without fluctuation


@pytest.mark.parametrize(
    ("train", "k", "expected"),
    [
        ("deterministic", 0.3, 0), ("deterministic", 0.6, 1), ("deterministic", 2.4, 2),
        ("deterministic", 2.6, 3), ("deterministic", 70.0, 31),
        ("mean-count", 0.3, 1), ("mean-count", 2.4, 3), ("mean-count", 70.0, 31),
    ],
)  # fmt: skip
def test_figures_of_the_trains_without_fluctuation(train: str, k: float, expected: int) -> None:
    counts = pulses_of([1.0], [-1.0], k, (3, 1, 1), train=train)
    assert counts.ravel().tolist() == [expected] * 3


@pytest.mark.parametrize("management", [True, False])
def test_trains_without_fluctuation_by_their_formulas(management: bool) -> None:
    """facts 3.1 item 6, cell by cell."""
    x, d = np.linspace(-1.0, 0.9, 7), np.linspace(0.4, -0.5, 5)
    for k in (0.8, 5.3, 29.0, 80.0):
        length = min(math.ceil(k), 31)
        gain = math.sqrt(k / (1.0 * 0.5) / length)
        cut = 0.5 * min(1.0, 31 / k)
        ratio = math.sqrt(cut) if management else 1.0
        p = np.minimum(gain * ratio * np.abs(x), 1.0)
        q = np.minimum(gain / ratio * np.abs(d), 1.0)
        expected = {
            "deterministic": np.rint(length * np.outer(q, p)),
            "mean-count": np.rint(np.outer(np.rint(length * q), np.rint(length * p)) / length),
        }
        for train, counts in expected.items():
            found = pulses_of(x, d, k, (5, 7), train=train, management=management)
            assert np.array_equal(found, -np.sign(np.outer(d, x)) * counts)


# ---------------------------------------------------------------------- bookkeeping


def test_each_problem_has_its_own_rate_and_pulse_size() -> None:
    tile = Tile(
        responses.get("ideal", tau=2.0), (3, 1, 1), dw_min=[STEP, 2 * STEP, STEP], backend="numpy"
    )
    tile.update([1.0], [-1.0], [8 * STEP, 8 * STEP, 0.0])
    assert (tile.weights.ravel() / STEP).tolist() == [8.0, 8.0, 0.0]
    assert tile.pulses == 8 + 4


def test_trains_that_are_too_short_are_counted() -> None:
    tile = Tile("ideal", (2, 1, 1), dw_min=STEP, backend="numpy")
    x = np.array([[1.0], [2.0], [0.5]])
    tile.update(x, np.ones((3, 1)), [5 * STEP, 10 * STEP], pulses=10)
    assert tile.truncated == 1  # 20 pulses wanted by the second problem; 10 are not too many
    assert tile.vectors == 3


def test_nothing_to_do_fires_nothing() -> None:
    tile = Tile("ideal", (2, 2), dw_min=STEP, backend="numpy")
    tile.update([0.0, -0.0], [1.0, 1.0], 0.1)
    tile.update([1.0, 1.0], [0.0, 0.0], 0.1)
    tile.update([1.0, 1.0], [1.0, 1.0], 0.0)
    tile.update(np.zeros((0, 2)), np.zeros((0, 2)), 0.1)
    assert (tile.pulses, tile.vectors) == (0, 3)
    assert not tile.weights.any()


def test_the_weights_descend() -> None:
    """W ← W − lr·d xᵀ: every sign of x and d."""
    x, d = np.array([1.0, -1.0, 0.0]), np.array([1.0, -1.0])
    for train in ("stochastic", "deterministic", "mean-count", "expected"):
        tile = Tile("ideal", (2, 3), dw_min=STEP, backend="numpy")
        tile.update(x, d, 5 * STEP, train=train)
        assert (tile.weights / STEP).tolist() == [[-5.0, 5.0, 0.0], [5.0, -5.0, 0.0]]
