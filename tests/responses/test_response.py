"""A response and everything derived from it, against algebra done by hand (theory 1.10)."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy

from analogtheory.errors import InputError
from analogtheory.responses import WEIGHT as w
from analogtheory.responses import Response, get

TAU, C, GAMMA = sympy.Rational(4, 5), sympy.Rational(3, 10), 3


def same(a: sympy.Expr, b: sympy.Expr) -> bool:
    return sympy.simplify(a - b) == 0


def test_linear_family_algebra() -> None:
    device = get("linear", c=0.3, tau=0.8)
    assert same(device.F.expr, 1 - C * w / TAU)
    assert same(device.G.expr, w / TAU - C)
    assert same(device.M.expr, (1 - C**2) * (1 - w**2 / TAU**2))
    assert same(device.R.expr, (w - C * TAU) / (TAU - C * w))
    (point,) = device.symmetric_points
    assert point.kind == "simple"
    assert point.low <= 0.24 <= point.high
    assert point.high - point.low < 1e-14
    assert float(device.R.derivative()(0.24)) == pytest.approx(1 / (0.8 * (1 - 0.09)), rel=1e-14)
    # theory 1.10: R_c = [−cw − τ(1 − c²) ln(τ − cw)]/c² + const
    stated = (-C * w - TAU * (1 - C**2) * sympy.log(TAU - C * w)) / C**2
    difference = device.R_c.expr - stated
    values = [float(difference.subs(w, x)) for x in (-0.7, 0.0, 0.5, 0.79)]
    assert np.ptp(values) < 1e-12
    assert float(device.R_c(0.24)) == pytest.approx(0.0, abs=1e-16)


def test_power_family_algebra() -> None:
    device = get("power", gamma_res=GAMMA)
    assert same(device.F.expr, 1 + 3 * w**2)
    assert device.F_max.low <= 4 <= device.F_max.high
    assert device.q_max.low <= 8 <= device.q_max.high
    assert device.q_min == (pytest.approx(0, abs=1e-40), 0.0)
    assert float(device.R.derivative()(0.0)) == pytest.approx(3.0)
    # R_c' = R, and R_c(0) = 0
    assert same(sympy.diff(device.R_c.expr, w), device.R.expr)


def test_exponential_family_slope() -> None:
    device = get("exponential", gamma_res=2, tau=0.5)
    expected = 2 * math.exp(2) / (0.5 * (math.exp(2) - 1))
    assert float(device.R.derivative()(0.0)) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    ("function", "constant"), [("F", 7.5), ("G", 7.5)], ids=["lipschitz F", "lipschitz G"]
)
def test_lipschitz_constants_are_enclosed(function: str, constant: float) -> None:
    device = get("power", gamma_res=3, tau=0.8)
    bounds = device.lipschitz(getattr(device, function))
    assert bounds.low <= constant <= bounds.high
    assert bounds.high - bounds.low < 1e-6


def test_square_root_response_is_not_lipschitz() -> None:
    device = get("power", gamma_res=0.5)
    assert device.lipschitz(device.F).high == math.inf
    assert device.is_positive


def test_compact_form_is_the_piecewise_update() -> None:
    """ΔF − |Δ|G is Δq₊ for Δ ≥ 0 and Δq₋ for Δ < 0 (2502.06309 (3) = (5))."""
    device = get("exponential", gamma_res=1.5)
    x = np.linspace(-0.9, 0.9, 7)
    for change in (0.1, -0.1):
        compact = change * device.F(x) - abs(change) * device.G(x)
        q = device.q_up(x) if change > 0 else device.q_down(x)
        assert compact == pytest.approx(change * q, rel=1e-13)


def test_several_symmetric_points_and_the_reference() -> None:
    device = Response("1 - w**3 + w/4", "1 + w**3 - w/4", -1, 1)
    assert [round(z.value, 12) for z in device.symmetric_points] == [-0.5, 0.0, 0.5]
    assert [z.direction for z in device.symmetric_points] == [1, -1, 1]
    assert abs(device.reference_point) == 0.5  # the middle one repels


def test_double_root_and_identical_symmetry_are_said() -> None:
    touching = Response("1", "1 + (w - 0.3)**2", -1, 1)
    assert [z.kind for z in touching.symmetric_points] == ["multiple"]
    assert [z.kind for z in get("ideal").symmetric_points] == ["everywhere"]


def test_no_symmetric_point() -> None:
    device = Response("1 + w/4", "2 + w/4", -1, 1)
    assert device.symmetric_points == ()
    assert device.reference_point is None
    with pytest.raises(InputError, match="no symmetric point"):
        device.R_c(0.0)


def test_negative_inside_is_a_finding_with_a_witness() -> None:
    device = Response("1 - 2*w", "1 + w", -1, 1)
    assert not device.is_positive
    point = device.not_positive_at
    assert -1 < point < 1
    assert min(float(device.q_up(point)), float(device.q_down(point))) < 0


def test_touching_zero_inside_is_not_positive_but_at_the_ends_is() -> None:
    assert not Response("w**2", "1", -1, 1).is_positive
    assert Response("1 - w**2", "1", -1, 1).is_positive
    assert not Response("max(w, 0)", "1", -1, 1).is_positive
    assert not Response("-1", "1", -1, 1).is_positive


def test_a_sign_change_next_to_the_end_is_seen() -> None:
    assert not Response("(1 - w)*(0.9999999999 - w)", "1 + w", -1, 1).is_positive
    assert Response("(1 - w)**3", "(exp(1 + w) - 1)**2", -1, 1).is_positive


@pytest.mark.parametrize("k", [3, 7, 29, 57, 99])
def test_ends_that_are_no_binary_numbers_are_usable(k: int) -> None:
    """√(1 − w/τ) is not a number at the float above τ = 7/100."""
    device = Response(f"sqrt(1 - w/{k / 100})", f"sqrt(1 + w/{k / 100})", -k / 100, k / 100)
    assert np.all(np.isfinite(device.q_up(np.array(device.range))))


def test_differentiability() -> None:
    assert not Response("1 + sqrt(1 - w)", "1 + sqrt(1 + w)", -1, 1).is_differentiable()
    assert not Response("1 + abs(w)", "1", -1, 1).is_differentiable()
    assert Response("1 + abs(w + 2)", "1", -1, 1).is_differentiable()


def test_parameters_per_cell_act_element_wise() -> None:
    tau = np.array([[0.5, 1.0, 2.0], [4.0, 0.7, 3.0]])
    device = get("linear", tau=tau, c=0.1)
    x = 0.3 * np.ones((2, 3))
    assert device.shape == (2, 3)
    assert device.G(x) == pytest.approx(x / tau - 0.1)
    assert device.F(x) == pytest.approx(1 - 0.1 * x / tau)
    assert device.M(x) == pytest.approx((1 - 0.01) * (1 - x**2 / tau**2))
    for index in np.ndindex(2, 3):
        one = device.cell(index)
        assert float(device.R_c(x)[index]) == pytest.approx(float(one.R_c(0.3)), rel=1e-12)
        assert float(device.R_c.reference[index]) == pytest.approx(0.1 * tau[index], rel=1e-12)
    with pytest.raises(InputError, match="cell"):
        _ = device.symmetric_points


def test_exact_decimals_survive() -> None:
    device = Response("1 - 0.1*w", "1 + 0.1*w", "-0.1", 0.1)
    assert device.up == 1 - w / 10
    assert device.high == sympy.Rational(1, 10)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("1/w", "1", -1, 1), "division by zero"),
        (("sqrt(w)", "1", -1, 1), "negative"),
        (("log(w)", "1", 0, 1), "not positive"),
        (("1", "1", 1, 1), "lower end"),
        (("1", "1", 2, 1), "lower end"),
        (("1", "1", 0, float("nan")), "finite"),
        (("1", "1", 0, float("inf")), "finite"),
        (("1 - w/tau", "1", -1, 1), "unknown name"),
        (("exp(1e9*(w+1))", "1", -1, 1), "largest floating-point"),
        ((w + sympy.Symbol("w"), 1, -1, 1), "unknown name"),
        (("1", "1", "w", 1), "unknown name"),
        (("1", "1", -sympy.sqrt(2), 1), "decimals or fractions"),
        (("1", "1", -1, "1e400"), "out of scale"),
    ],
)
def test_bad_responses_are_refused_in_one_line(arguments: tuple, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        Response(*arguments)
    assert "\n" not in str(caught.value)


def test_unknown_parameter_is_refused() -> None:
    with pytest.raises(InputError, match="no parameter 'tua'"):
        get("linear").with_parameters(tua=1)
    with pytest.raises(InputError, match="finite"):
        get("linear", tau=float("nan"))
    with pytest.raises(InputError, match="out of scale"):
        get("linear", tau=1e300)
    with pytest.raises(InputError, match="one common shape"):
        get("linear", tau=np.ones(3), c=np.zeros(2))
    for value in (1j, [[1.0], [1.0, 2.0]], "x"):
        with pytest.raises(InputError):
            get("linear", tau=value)


@pytest.mark.parametrize("name", ["w", "exp", "lambda", "a b", "pi"])
def test_parameters_need_a_name_of_their_own(name: str) -> None:
    with pytest.raises(InputError, match="name of its own"):
        Response("1", "1", -1, 1, parameters={name: 2.0})
