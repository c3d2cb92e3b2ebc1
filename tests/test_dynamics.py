"""Mean fields, fixed points and stability, derived from the one program of an algorithm."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy
from scipy import optimize

from analogtheory.algorithms import analog_sgd, buffered_residual_learning, residual_learning
from analogtheory.algorithms.symbols import P, W, alpha, epsilon
from analogtheory.dynamics import Assign, Draw, Dynamics, Let, Pulse, gradient
from analogtheory.errors import InputError
from analogtheory.noise import Gaussian, NoNoise, Rademacher, TwoPoint, Uniform
from analogtheory.objectives import FormulaObjective, Quadratic, ScalarQuadratic
from analogtheory.responses import get

LINEAR, CUBIC = get("linear"), get("power", gamma_res=3)
OBJECTIVE = ScalarQuadratic(1.0, 0.9)


@pytest.mark.parametrize("change", [0.3, -0.3])
def test_averaged_map_is_the_piecewise_update(change: float) -> None:
    dynamics = analog_sgd(CUBIC, OBJECTIVE, NoNoise(), lr=0.1)
    start = 0.2
    noise = -change / 0.1 - (start - 0.9)  # so that −α(f′ + ε) = change
    new = dynamics.averaged_map()[W].subs({W: start, epsilon: noise})
    q = CUBIC.q_up(start) if change > 0 else CUBIC.q_down(start)
    assert float(new) == pytest.approx(start + change * float(q), rel=1e-13)


def test_residual_update_transfers_the_new_residual() -> None:
    """W moves by P_{k+1}, not P_k (2502.06309 eq. (11))."""
    dynamics = residual_learning(LINEAR, OBJECTIVE, NoNoise(), lr=0.1, transfer_lr=0.2, gamma=0.5)
    new = dynamics.averaged_map()
    values = {P: sympy.Rational(1, 10), W: sympy.Rational(3, 10), epsilon: 0}
    g = 0.3 + 0.05 - 0.9
    expected_p = 0.1 - 0.1 * g * 1 - 0.1 * abs(g) * 0.1
    expected_w = 0.3 + 0.2 * expected_p - 0.2 * abs(expected_p) * 0.3
    assert float(new[P].subs(values)) == pytest.approx(expected_p, rel=1e-13)
    assert float(new[W].subs(values)) == pytest.approx(expected_w, rel=1e-13)


#: Roots of T printed in the theory notes 4.1 (four digits), h = 1, τ = 1, σ = 0.5, w* = 0.9.
ROOTS = [
    (LINEAR, Rademacher(0.5), 0.6000),
    (LINEAR, Gaussian(0.5), 0.6157),
    (LINEAR, TwoPoint(0.5, 0.1), 0.5777),
    (CUBIC, Rademacher(0.5), 0.4513),
    (CUBIC, Gaussian(0.5), 0.4019),
    (CUBIC, TwoPoint(0.5, 0.1), 0.3198),
]


@pytest.mark.parametrize(("device", "law", "root"), ROOTS)
def test_mean_field_roots_of_the_theory(device, law, root: float) -> None:
    (point,) = analog_sgd(device, OBJECTIVE, law).fixed_points()
    assert point.state["W"] == pytest.approx(root, abs=5.1e-5)
    assert point.is_stable

    def equation(w: float) -> float:  # T(w) = g + m(g)·R(w), written again
        g = w - 0.9
        return g + float(law.mean_abs_at(g)) * float(device.G(w) / device.F(w))

    assert point.state["W"] == pytest.approx(optimize.brentq(equation, 0, 0.9), abs=1e-12)


@pytest.mark.parametrize("law", [Gaussian(0.5), Uniform(0.5), TwoPoint(0.5, 0.1)])
def test_jacobian_is_the_derivative_of_the_drift(law) -> None:
    dynamics = analog_sgd(CUBIC, OBJECTIVE, law, lr=0.02)
    (point,) = dynamics.fixed_points()
    w, step = point.state["W"], 1e-6
    slope = float(dynamics.drift(w + step)[0] - dynamics.drift(w - step)[0]) / (2 * step)
    assert float(point.jacobians[0][0, 0]) == pytest.approx(slope, rel=1e-6)
    assert point.spectral_radius == pytest.approx(abs(1 + slope), rel=1e-6)


@pytest.mark.parametrize("gamma", [0.0, 0.1, 1.0])
def test_residual_learning_rests_at_the_minimiser_for_every_gamma(gamma: float) -> None:
    dynamics = residual_learning(LINEAR, ScalarQuadratic(1, 0.5), Gaussian(0.5), gamma=gamma)
    (point,) = dynamics.fixed_points()
    assert point.state["P"] == pytest.approx(0.0, abs=1e-9)
    assert point.state["W"] == pytest.approx(0.5, abs=1e-9)
    assert point.is_stable


def test_residual_linearisation_matches_the_notes() -> None:
    """λ² + ακλ + αβhq = 0 with κ = hγF(0) + ΣG′(0) (theory notes 4.2); q = q±(w*)."""
    a, b, h, gamma, sigma = 0.04, 0.01, 1.5, 0.4, 0.5
    dynamics = residual_learning(
        LINEAR, ScalarQuadratic(h, 0.5), Gaussian(sigma), lr=a, transfer_lr=b, gamma=gamma
    )
    (point,) = dynamics.fixed_points()
    kappa = h * gamma + sigma * math.sqrt(2 / math.pi)
    expected = sorted(
        value.real
        for q in (float(LINEAR.q_up(0.5)), float(LINEAR.q_down(0.5)))
        for value in np.roots([1, a * kappa, a * b * h * q])
    )
    found = sorted(v.real for j in point.jacobians for v in np.linalg.eigvals(j))
    assert len(point.jacobians) == 2  # |P| has a kink at the fixed point
    assert found == pytest.approx(expected, rel=1e-6)


def test_shifted_symmetric_point_tilts_independently_of_gamma() -> None:
    shifted = get("linear", c=0.2)
    roots = []
    for gamma in (0.1, 0.4, 1.0):
        dynamics = residual_learning(
            LINEAR, ScalarQuadratic(1, 0.3), Rademacher(0.5), gamma=gamma, residual_response=shifted
        )
        (point,) = dynamics.fixed_points()
        assert point.state["P"] == pytest.approx(0.0, abs=1e-8)
        roots.append(point.state["W"])
    # ∇f = cΣ = 0.1 exactly under Rademacher noise.
    assert roots == pytest.approx([0.4, 0.4, 0.4], abs=1e-7)


def test_deterministic_ideal_tiki_taka_does_not_contract() -> None:
    dynamics = residual_learning(get("ideal"), ScalarQuadratic(1, 0.2), NoNoise(), gamma=0.0)
    (point,) = dynamics.fixed_points()
    assert not point.is_stable
    assert point.spectral_abscissa == pytest.approx(0.0, abs=1e-9)


def test_buffered_loop_obeys_routh_hurwitz() -> None:
    """Stable iff κ(κα + β) > hβ at small noise (theory notes 4.6): γ = 0.1 needs β/α < 0.011."""
    small = Gaussian(1e-6)
    for ratio, stable in ((0.008, True), (0.02, False)):
        dynamics = buffered_residual_learning(
            get("ideal"),
            ScalarQuadratic(1, 0.2),
            small,
            lr=1e-3,
            transfer_lr=ratio * 1e-3,
            gamma=0.1,
        )
        points = dynamics.fixed_points()
        assert len(points) == 1
        assert (points[0].spectral_abscissa < 0) is stable


def test_formula_objectives_enter_the_symbols() -> None:
    objective = FormulaObjective("(w - 0.4)**2/2 + w**4/4", -1, 1)
    dynamics = analog_sgd(LINEAR, objective, Rademacher(0.5))
    (point,) = dynamics.fixed_points()
    w = point.state["W"]
    assert w - 0.4 + w**3 + 0.5 * w == pytest.approx(0.0, abs=1e-12)


def test_vector_objectives_have_no_formula_and_say_so() -> None:
    dynamics = analog_sgd(LINEAR, Quadratic.generate(3), Gaussian(0.5))
    with pytest.raises(InputError, match="scalar objective"):
        dynamics.averaged_map()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"lr": 0.0}, "lr"),
        ({"lr": float("nan")}, "lr"),
        ({"transfer_lr": -1.0}, "transfer_lr"),
        ({"gamma": -0.1}, "gamma"),
    ],
)
def test_bad_settings(settings: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        residual_learning(LINEAR, OBJECTIVE, Gaussian(0.5), **settings)


def test_programs_with_unknown_symbols_are_refused() -> None:
    x = sympy.Symbol("x", real=True)
    with pytest.raises(InputError, match="unknown symbols"):
        Dynamics(
            "bad", states=(W,), draws=(), steps=(Pulse(W, x, LINEAR),), objective=OBJECTIVE,
            parameters={}, weight=W, source="test",
        )  # fmt: skip


def test_a_change_must_be_affine_in_one_draw() -> None:
    g = sympy.Symbol("g", real=True)
    dynamics = Dynamics(
        "bad", states=(W,), draws=(Draw(epsilon, Gaussian(1.0)),),
        steps=(Let(g, gradient(W) + epsilon**2), Pulse(W, -alpha * g, LINEAR)),
        objective=OBJECTIVE, parameters={alpha: 0.1}, weight=W, source="test",
    )  # fmt: skip
    with pytest.raises(InputError, match="affine"):
        _ = dynamics.mean_field


def test_assign_steps_drift_to_their_value() -> None:
    dynamics = Dynamics(
        "decay", states=(W,), draws=(), steps=(Assign(W, W / 2 + sympy.Rational(1, 4)),),
        objective=OBJECTIVE, parameters={}, weight=W, source="test",
    )  # fmt: skip
    assert sympy.expand(dynamics.mean_field[W] - (sympy.Rational(1, 4) - W / 2)) == 0
    (point,) = dynamics.fixed_points()
    assert point.state["W"] == pytest.approx(0.5)
    assert point.spectral_radius == pytest.approx(0.5)


def test_symbols_of_a_formula_count_by_name() -> None:
    dynamics = analog_sgd(LINEAR, OBJECTIVE, Rademacher(0.5))
    plain = sympy.Symbol("W")
    assert plain != W
    assert dynamics.own_symbols(plain**2) == W**2
