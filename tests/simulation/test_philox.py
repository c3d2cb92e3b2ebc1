"""Counter-based random numbers: published known answers, addresses, the open interval."""

import numpy as np
import pytest

from analogtheory import philox
from analogtheory.errors import InputError
from analogtheory.noise import Gaussian, NoNoise, Rademacher, TwoPoint, Uniform

ONES = 0xFFFFFFFF


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((ONES,) * 4, (ONES,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_known_answers_of_random123(counter, key, answer):
    words = philox.philox4x32(counter, key)
    assert " ".join(f"{int(word):08x}" for word in words) == answer
    assert all(word.dtype == np.uint32 for word in words)


def test_arrays_of_counters_broadcast_and_agree_with_integer_arithmetic(oracle_philox):
    lanes = np.array([0, 1, 77, 2**32 - 1])
    steps = np.array([[0], [5], [2**31]])
    words = philox.philox4x32((steps, lanes, 3, 9), (12345, 2**32 - 2))
    assert [word.shape for word in words] == [(3, 4)] * 4
    for i, step in enumerate(steps[:, 0]):
        for j, lane in enumerate(lanes):
            expected = oracle_philox((int(step), int(lane), 3, 9), (12345, 2**32 - 2))
            assert tuple(int(word[i, j]) for word in words) == expected


def test_uniforms_read_the_documented_address(oracle_uniform):
    seed = 0xDEADBEEF00000007  # both halves of the key differ from 0
    lanes = np.arange(40, 45)
    drawn = philox.uniforms(seed, 3, lanes, 5, 7)
    assert drawn.tolist() == [oracle_uniform(seed, 3, int(lane), 5, 7) for lane in lanes]
    table = philox.uniforms(seed, np.array([[2], [3]]), lanes, 5, 7)
    assert table.shape == (2, 5)
    assert np.array_equal(table[1], drawn)


def test_uniforms_of_scalar_address_have_its_shape(oracle_uniform):
    assert philox.uniforms(1, 2, 3, 4).shape == ()
    assert float(philox.uniforms(1, 2, 3, 4)) == oracle_uniform(1, 2, 3, 4)
    assert philox.uniforms(1, 2, np.array([], dtype=int), 4).shape == (0,)


@pytest.mark.parametrize(("word", "expected"), [(0, 2.0**-53), (ONES, 1.0 - 2.0**-53)])
def test_uniforms_never_reach_an_end(monkeypatch, word, expected):
    extreme = np.array([word], dtype=np.uint64)
    monkeypatch.setattr(philox, "_rounds", lambda words, key: (extreme,) * 4)
    assert philox.uniforms(1, 0, np.array([0]), 0).tolist() == [expected]
    assert 0.0 < expected < 1.0


@pytest.mark.parametrize("seed", [-1, 2**64, 1.0, "1", True, None])
def test_bad_seeds(seed):
    with pytest.raises(InputError, match=r"^seed: must [^\n]*$"):
        philox.uniforms(seed, 0, 0, 0)


def test_smallest_and_largest_seed_are_accepted(oracle_uniform):
    assert float(philox.uniforms(0, 0, 0, 0)) == oracle_uniform(0, 0, 0, 0)
    assert float(philox.uniforms(2**64 - 1, 0, 0, 0)) == oracle_uniform(2**64 - 1, 0, 0, 0)


@pytest.mark.parametrize("word", [-1, 2**32, 0.5])
@pytest.mark.parametrize("name", ["step", "lanes", "stream", "index"])
def test_bad_counter_words(name, word):
    address = {"step": 0, "lanes": 0, "stream": 0, "index": 0, name: word}
    with pytest.raises(InputError, match=r"^(step|lane|stream|index): a counter word [^\n]*$"):
        philox.uniforms(1, **address)


def test_noise_laws_sample_by_inversion_of_these_numbers(oracle_uniform):
    drawn = Gaussian(0.5).sample((2, 3), seed=11).ravel()
    grid = np.array([oracle_uniform(11, 0, lane, 0) for lane in range(6)])
    assert np.array_equal(drawn, Gaussian(0.5).quantile(grid))


@pytest.mark.parametrize(
    ("law", "tolerance"),
    [
        (Rademacher(0.5), 1e-15),
        (TwoPoint(0.5, 0.1), 1e-12),
        (NoNoise(), 1e-15),
        (Uniform(0.5), 1e-9),  # midpoint rule of a parabola: a²/(3M²)
        (Gaussian(0.5), 1e-4),  # the tails beyond the outermost midpoint
    ],
)
def test_moments_of_the_laws_through_their_quantiles(law, tolerance):
    count = 100_000
    values = law.quantile((np.arange(count) + 0.5) / count)
    assert abs(values.mean() - law.moment(1)) < tolerance
    assert abs((values**2).mean() - law.moment(2)) < tolerance
    assert abs(np.abs(values).mean() - law.mean_abs) < tolerance
