"""Digits: the program of the experiment against plain NumPy, its axes, and what it shows."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import sympy

from analogtheory import responses
from analogtheory.cli import main
from analogtheory.errors import InputError
from analogtheory.experiments import digits, store
from analogtheory.experiments.core import Data, silent
from analogtheory.networks import initial_weights
from analogtheory.networks.data import digits as images_of
from analogtheory.networks.initial import ORDER, permutations

FIGURES = Path(__file__).parents[2] / "paper_figs"


def full() -> Data:
    return store.read("digits", FIGURES).data


# ------------------------------------------------------------------ the program


def test_the_baseline_is_plain_gradient_descent() -> None:
    """Seed 1 of the three-layer baseline again, image by image, in plain NumPy."""
    part = {**digits.parts("quick")[4], "epochs": 1, "seeds": 2}
    assert (part["algorithm"], len(part["widths"])) == (digits.DIGITAL, 4)
    found = digits.run(part, silent)
    images = images_of([1], test=part["test"], seed=part["seed"])
    order = permutations(part["seed"], ORDER, [1], 0, images.train.shape[1])[0]
    shapes = zip(part["widths"][1:], part["widths"], strict=False)
    weights = [
        initial_weights([1], rows, columns + 1, layer=k, seed=part["seed"])[0]
        for k, (rows, columns) in enumerate(shapes)
    ]
    losses = []
    for place in images.train[0][order[: part["batch"] * part["steps"]]]:
        if len(losses) % part["batch"] == 0:
            seen = [w.copy() for w in weights]
        a = [np.append(images.pixels[place], 1.0)]
        for w in seen[:-1]:
            a.append(np.append(1 / (1 + np.exp(-w @ a[-1])), 1.0))
        logits = seen[-1] @ a[-1]
        shares = np.exp(logits) / np.exp(logits).sum()
        losses.append(-np.log(shares[images.labels[place]]))
        error = shares - np.eye(10)[images.labels[place]]
        for k in (2, 1, 0):
            weights[k] -= part["lr"][digits.DIGITAL] * np.outer(error, a[k])
            error = (seen[k].T @ error * a[k] * (1 - a[k]))[:-1]
    assert found["loss"][0, 0, 0, 1] == pytest.approx(np.mean(losses), abs=1e-12)
    assert found["loss"][0, 0, 0, 0] != pytest.approx(np.mean(losses), abs=1e-6)


def test_every_part_finds_its_place() -> None:
    """Parts that hold their own number; the last epoch is the end."""
    parts = digits.parts("full")
    given = digits.INPUTS["full"]
    found = []
    for number, part in enumerate(parts):
        sides = (1, 1) if part["family"] is None else (len(given["gamma_res"]), len(given["taus"]))
        values = np.full((part["epochs"], *sides, given["seeds"]), float(number))
        values[-1] += 0.5
        found.append({"accuracy": values, "loss": values})
    data = digits.join("full", found)
    for number, part in enumerate(parts):
        layers = len(part["widths"]) - 1
        if part["family"] is None:
            assert np.all(data[f"digital_{layers}_end"] == number + 0.5)
            continue
        place = (
            given["families"].index(part["family"]),
            digits.ALGORITHMS.index(part["algorithm"]),
        )
        assert np.all(data[f"analog_{layers}_end"][place] == number + 0.5)
        assert np.all(data[f"analog_{layers}_mean"][place][:-1] == number)
        assert np.all(data[f"analog_{layers}_half"][place] == 0)


@pytest.mark.parametrize("family", digits.FAMILIES)
@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_slopes_are_those_of_the_responses(family: str, power: float) -> None:
    device = responses.get(family, gamma_res=power, tau=0.6)
    w = sympy.Symbol("w", real=True)
    up, down = (
        sympy.sympify(str(formula)).subs(sympy.Symbol("w"), w)
        for formula in (device.up, device.down)
    )
    slope = sympy.diff((down - up) / (down + up), w).subs(w, 0)
    assert 0.6 * float(slope) == pytest.approx(digits.slope(family, power), rel=1e-12)


def test_every_device_has_its_symmetric_point_at_zero() -> None:
    """Which the parts take for granted: zero_shift="none"."""
    for family in digits.FAMILIES:
        assert responses.get(family, gamma_res=2.0, tau=0.6).reference_point == 0


def test_without_scikit_learn_a_part_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(InputError, match=r"pip install 'analogtheory\[ml\]'"):
        digits.run(digits.parts("quick")[0], silent)


def test_the_command_names_the_experiment_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    assert main(["figures", "digits", "--quick", "--jobs", "1", "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said == (
        "analogtheory: digits: the digits need scikit-learn, which is not installed; "
        "pip install 'analogtheory[ml]' brings it\n"
    )


# ------------------------------------------------------------------ what is seen


def test_analog_sgd_with_two_layers_goes_down_with_the_slope_and_up_with_the_range() -> None:
    """All six responses in one order, whatever the family."""
    data = full()
    mean = data["analog_2_mean"][:, digits.ALGORITHMS.index("Analog SGD"), -1]
    in_order = mean.reshape(6, 3)[np.argsort(data["slope"].reshape(6))]
    assert np.all(np.diff(in_order, axis=0) < 0)
    assert np.all(np.diff(in_order, axis=1) > 0)
    by_name = mean.reshape(6, 3)  # families one after the other: another order
    assert not np.all(np.diff(by_name, axis=0) < 0)


def test_with_three_layers_analog_sgd_stays_near_chance_and_residual_learning_learns() -> None:
    data = full()
    analog, tiki_taka, residual = (data["analog_3_end"][:, a] for a in range(3))
    assert analog.mean(axis=-1).max() < 15
    assert residual.mean(axis=-1).min() > 70
    assert np.all(residual > analog + 25)  # each seed of each response
    assert data["digital_3_end"].min() > 90
    # the wide spread that the caption speaks of
    assert tiki_taka.std(axis=-1, ddof=1)[0, 0].min() > 20


def test_with_two_layers_all_but_analog_sgd_come_close_to_the_baseline() -> None:
    data = full()
    behind = data["digital_2_end"] - data["analog_2_end"]
    mean = behind.mean(axis=-1)
    assert mean[:, 1:].max() < 3
    assert mean[:, 0].min() > 25


def test_the_table_says_what_it_is_about() -> None:
    text = digits.table(full())
    assert text.startswith("Digits of scikit-learn (8 × 8 pixels), not MNIST.")
    rows = [line for line in text.splitlines() if line.startswith(("| 2 ", "| 3 "))]
    assert len(rows) == 36
    assert all(row.count("±") == 4 for row in rows)
