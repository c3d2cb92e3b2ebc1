"""The same bits however the trajectories are split or the draws are batched."""

import numpy as np
import pytest
import sympy

from analogtheory.algorithms import analog_sgd, buffered_residual_learning, residual_learning
from analogtheory.dynamics import gradient
from analogtheory.noise import Gaussian, TwoPoint
from analogtheory.objectives import Quadratic, ScalarQuadratic
from analogtheory.responses.formulas import WEIGHT
from analogtheory.responses.response import Response
from analogtheory.simulation import Fidelity, program, simulate


def split_cases(power):
    noisy = {"fidelity": Fidelity("pulsed", 0.003, cycle_noise=0.4), "steps": 12}
    scalar = ScalarQuadratic(1, 0.3)
    exponential = Response(
        sympy.exp(1 - WEIGHT) - 1, sympy.exp(1 + WEIGHT) - 1, -1, 1, name="exponential"
    )
    # 33 columns: a plain matrix product of 1, 32, 70, 47 or 150 rows differs in its last bits
    matrix = Quadratic.generate(33, condition=5, spread=0.3, seed=3)
    buffered = buffered_residual_learning(
        power, matrix, Gaussian(0.3), lr=0.05, read_noise=TwoPoint(0.2)
    )
    return {
        "averaged": (analog_sgd(exponential, scalar, Gaussian(0.5)), {"steps": 50}),
        "pulsed": (residual_learning(exponential, scalar, Gaussian(0.5)), noisy),
        "matrix": (buffered, {"steps": 40}),
        "matrix pulsed": (buffered, noisy),
    }


@pytest.mark.parametrize("case", ["averaged", "pulsed", "matrix", "matrix pulsed"])
def test_any_split_gives_the_same_bits(case, power):
    dynamics, options = split_cases(power)[case]
    options = options | {"seed": 9, "observe": {"g": gradient(dynamics.weight) ** 2}}
    whole = simulate(dynamics, trajectories=150, **options)
    pieces = [
        simulate(dynamics, first_trajectory=first, trajectories=count, **options)
        for first, count in ((0, 1), (1, 32), (33, 70), (103, 47))
    ]
    for name in whole.final:
        joined = np.concatenate([piece.final[name] for piece in pieces])
        assert joined.tobytes() == whole.final[name].tobytes()
    joined = np.concatenate([piece.averages["g"] for piece in pieces])
    assert joined.tobytes() == whole.averages["g"].tobytes()


def test_drawing_one_step_at_a_time_gives_the_same_bits(linear, monkeypatch):
    dynamics = analog_sgd(linear(), ScalarQuadratic(1, 0.3), Gaussian(0.5))
    table = simulate(dynamics, trajectories=5, steps=30)
    for span in (1, 35):  # one step; seven steps, which do not divide thirty
        monkeypatch.setattr(program, "DRAWN", span)
        assert np.array_equal(
            simulate(dynamics, trajectories=5, steps=30).final["W"], table.final["W"]
        )


def test_the_seed_and_the_trajectory_number_matter(linear):
    dynamics = analog_sgd(linear(), ScalarQuadratic(1, 0.3), Gaussian(0.5))
    first = simulate(dynamics, trajectories=50, steps=3).final["W"]
    other = simulate(dynamics, trajectories=50, steps=3, seed=2).final["W"]
    assert np.unique(np.concatenate([first, other])).size == 100
