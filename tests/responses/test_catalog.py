"""The catalog: stable names, formulas against the peer's step equations, plug-ins, cells."""

from __future__ import annotations

import importlib.metadata
import math

import numpy as np
import pytest

from analogtheory.errors import InputError
from analogtheory.responses import Response, catalog, draw_cells, get, names

NAMES = (
    "ideal", "linear", "soft-bounds", "linear-step", "power", "exponential", "exp-step",
    "pow-step", "ecram", "ecram-mo", "capacitor", "reram-es", "reram-sb", "reram-array-om",
    "reram-array-hfo2", "gokmen-vlasov", "idealized",
)  # fmt: skip


def test_names_are_stable() -> None:
    assert names()[: len(NAMES)] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_name_builds_a_positive_response_with_a_source(name: str) -> None:
    device = get(name)
    assert device.is_positive
    assert device.source
    assert device.name == name
    assert device.reference_point is not None


#: Steps written again from theory notes `aihwkit_facts` 3.4, independently of the catalog.
def linear_step(x, gamma_up, gamma_down, w_max, w_min):
    return 1 - gamma_up * x / w_max, 1 - gamma_down * x / w_min


def exp_step(x, a, b, A_up, A_down, g_up, g_down, width, down):
    z = 2 * a * x / width + b
    return max(1 - A_up * math.exp(g_up * z), 0), down * max(1 - A_down * math.exp(-g_down * z), 0)


@pytest.mark.parametrize(
    ("name", "settings", "steps"),
    [
        ("soft-bounds", {"w_max": 2, "scale_up": 1.5}, lambda x: (1.5 * (1 - x / 2), 1 + x)),
        ("linear-step", {"gamma_up": 0.2}, lambda x: linear_step(x, 0.2, 0.5, 1, -1)),
        ("pow-step", {"gamma_up": 2, "scale_down": 0.5},
         lambda x: (((1 - x) / 2) ** 2, 0.5 * (x + 1) / 2)),
        ("exp-step", {},
         lambda x: exp_step(x, 0.244, 0.2425, 0.00081, 0.36833, 12.44625, 12.78785, 1.2, 1)),
        ("ecram", {}, lambda x: linear_step(x, 0.1153, 0.5085, 1.1724, -0.8276)),
        ("ecram-mo", {}, lambda x: linear_step(x, 0.4152, 0.7342, 1.1714, -0.8286)),
        ("capacitor", {}, lambda x: linear_step(x, 0.05, 0.05, 1, -1)),
        ("reram-es", {},
         lambda x: exp_step(x, -0.5, -0.5, -1.18445, -0.081404, 5, 5, 2, 1 - 0.259359)),
        ("reram-sb", {}, lambda x: (1 - x / 1.25, 1 + x / 0.75)),
        ("gokmen-vlasov", {}, lambda x: (1, 1)),
    ],
)  # fmt: skip
def test_steps_are_those_of_the_fields_simulators(name, settings, steps) -> None:
    device = get(name, **settings)
    for x in (-0.5, -0.1, 0.0, 0.3, 0.55):
        up, down = steps(x)
        assert float(device.q_up(x)) == pytest.approx(up, rel=1e-13)
        assert float(device.q_down(x)) == pytest.approx(down, rel=1e-13)


FIGURES = {
    "ecram": (0.002, 0.3, "Tang"), "ecram-mo": (2.8214e-4, 2.0, "Kim"),
    "capacitor": (0.005, 0.3, "Li "), "reram-es": (0.00135, 5.0, "Gong"),
    "reram-sb": (0.002, 3.75, "Gong"), "reram-array-om": (0.0949, 0.4158, "Rasch"),
    "reram-array-hfo2": (0.4622, 0.2174, "Rasch"), "gokmen-vlasov": (0.0016, 0.3, "Gokmen"),
    "idealized": (0.0002, 0.3, "Gokmen"),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_calibrated_figures_and_their_paper(name: str) -> None:
    device = get(name)
    dw_min, cycle_noise, author = FIGURES[name]
    assert device.calibration is not None
    assert (device.calibration.dw_min, device.calibration.cycle_noise) == (dw_min, cycle_noise)
    assert author in device.source


def test_exp_step_is_cut_at_zero() -> None:
    # A_up·e^{γz} > 1 near the upper bound: no up pulse moves the weight there.
    device = get("exp-step", A_up=0.5, gamma_up=2.0)
    assert float(device.q_up(0.6)) == 0.0
    assert not device.is_positive
    assert not device.is_differentiable()


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("linaer", {}, "did you mean linear"),
        ("nothing-like-it", {}, "unknown name"),
        ("linear", {"tua": 1}, "unknown parameter 'tua'"),
        ("linear", {"tau": -1}, "lower end"),
        ("linear", {"tau": 0}, "divi|lower end"),
        ("exponential", {"gamma_res": 0}, "divides by zero"),
    ],
)
def test_bad_names_and_parameters(name: str, settings: dict, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        get(name, **settings)
    assert "\n" not in str(caught.value)


def _register(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    point = importlib.metadata.EntryPoint("my-device", value, catalog.ENTRY_POINT_GROUP)
    monkeypatch.setattr(catalog, "entry_points", lambda group: [point])


@pytest.mark.parametrize("attribute", ["plugin_function", "plugin_response", "plugin_family"])
def test_other_packages_add_names(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path,
    attribute: str,
) -> None:
    (tmp_path / "some_device_package.py").write_text(
        "from analogtheory.responses import Family, Response\n"
        "def plugin_function(tau=1.0):\n"
        "    return Response('1 - w/t', '1 + w/t', '-t', 't', parameters={'t': tau})\n"
        "formulas = ('1 - w/tau', '1 + w/tau', '-tau', 'tau')\n"
        "plugin_response = Response(*formulas, parameters={'tau': 1.0})\n"
        "plugin_family = Family('x', *formulas, {'tau': 1.0}, 's', 's')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    _register(monkeypatch, f"some_device_package:{attribute}")
    assert "my-device" in names()
    assert get("my-device", tau=2.0).range == (-2.0, 2.0)


def test_a_plugin_that_returns_something_else_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    _register(monkeypatch, "math:sqrt")
    with pytest.raises((InputError, TypeError)):
        get("my-device")


def test_a_plugin_cannot_replace_a_built_in_name(monkeypatch: pytest.MonkeyPatch) -> None:
    point = importlib.metadata.EntryPoint("linear", "math:sqrt", catalog.ENTRY_POINT_GROUP)
    monkeypatch.setattr(catalog, "entry_points", lambda group: [point])
    assert isinstance(get("linear"), Response)


# ------------------------------------------------------------------------------------ cells


def test_cells_are_reproducible_and_have_the_asked_spread() -> None:
    device = get("linear", tau=2.0)
    cells = draw_cells(device, (200, 200), seed=5, spreads={"tau": 0.1, "c": 0.05})
    again = draw_cells(device, (200, 200), seed=5, spreads={"c": 0.05, "tau": 0.1})
    tau, c = cells.parameters["tau"], cells.parameters["c"]
    assert np.array_equal(tau, again.parameters["tau"])
    # 40 000 normals: 6 standard errors, error probability 2e-9 each.
    assert tau.mean() == pytest.approx(2.0, abs=6 * 0.2 / 200)
    assert tau.std() == pytest.approx(0.2, rel=6 / math.sqrt(2 * 40000))
    assert c.std() == pytest.approx(0.05, rel=6 / math.sqrt(2 * 40000))
    assert abs(np.corrcoef(tau.ravel(), c.ravel())[0, 1]) < 6 / 200


def test_cells_keep_the_sign_of_their_parameters() -> None:
    cells = draw_cells(get("linear"), (100, 100), spreads={"tau": 1.0})
    assert cells.parameters["tau"].min() > 0


@pytest.mark.parametrize("name", FIGURES)
def test_calibrated_cells_are_usable_devices(name: str) -> None:
    cells = draw_cells(get(name), (20, 20), seed=1)
    low, high = cells.range
    middle = 0.5 * (np.asarray(low) + np.asarray(high))
    assert np.all(cells.q_up(middle) > 0)
    assert np.all(cells.q_down(middle) > 0)


def test_reference_subtraction_moves_each_cells_symmetric_point_to_the_reference_spread() -> None:
    from analogtheory.responses.cells import symmetric_points_of_cells

    points = symmetric_points_of_cells(draw_cells(get("reram-array-om"), (60, 60), seed=2))
    points = points[np.isfinite(points)]
    # What is left is the absolute spread of the reference, 0.05: 6 standard errors.
    assert points.std() == pytest.approx(0.05, rel=6 / math.sqrt(2 * points.size))


@pytest.mark.parametrize(
    ("device", "spreads", "words"),
    [
        ("linear", {"tua": 0.1}, "no parameter"),
        ("linear", {"tau": -0.1}, "≥ 0"),
        ("linear", None, "no measured device-to-device"),
    ],
)
def test_bad_spreads(device: str, spreads: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        draw_cells(get(device), (2, 2), spreads=spreads)
