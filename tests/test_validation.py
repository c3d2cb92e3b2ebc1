"""The comparison with aihwkit: what it says without aihwkit, and its own arithmetic."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from analogtheory.training import Devices, Grid

ROOT = Path(__file__).resolve().parent.parent

BY_NAME, BY_FILE = ["-m", "validation.compare"], ["validation/compare.py"]


def run(command: list[str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The comparison in a process of its own, `folder` first on its path."""
    paths = [str(path) for path in (folder, os.environ.get("PYTHONPATH")) if path]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True
    )


@pytest.fixture
def without_peer(tmp_path: Path) -> Path:
    """A folder with an aihwkit that cannot be imported."""
    (tmp_path / "aihwkit.py").write_text("raise ImportError('its library is missing')\n")
    return tmp_path


@pytest.mark.parametrize("command", [BY_NAME, BY_FILE])
def test_without_aihwkit_one_line_says_so(command: list[str], without_peer: Path) -> None:
    done = run(command, without_peer)
    assert done.returncode == 3
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line == (
        "aihwkit cannot be imported (its library is missing): nothing was compared. "
        "Install aihwkit 1.2.0 beside analogtheory to run this comparison."
    )


def test_an_unknown_part_is_named() -> None:
    done = run([*BY_NAME, "cuonts"])
    assert done.returncode == 2
    assert "unknown part 'cuonts': use counts, steps, noise, training, compounds" in done.stderr


def test_with_aihwkit_the_step_equations_agree() -> None:
    if importlib.util.find_spec("aihwkit") is None:
        pytest.skip("aihwkit is not installed")
    done = run([*BY_NAME, "steps"])
    assert done.returncode == 0, done.stdout + done.stderr


# ---------------------------------------------------------------------- its arithmetic


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    monkeypatch.syspath_prepend(str(ROOT))
    names = ("compounds", "counts", "devices", "rows")
    return {name: importlib.import_module(f"validation.{name}") for name in names}


@pytest.mark.parametrize("management", [(True, True), (True, False), (False, False)])
@pytest.mark.parametrize("wanted", [0.35, 14.3, 70.0])
def test_a_train_that_is_not_cut_expects_what_is_wanted(
    modules: dict[str, ModuleType], management: tuple[bool, bool], wanted: float
) -> None:
    counts = modules["counts"]
    law = counts.Law.of(wanted, *management)
    mean, variance, _ = law.moments
    share = abs(counts.X[1] * counts.D[1]) / (counts.X[0] * counts.D[0])
    if wanted <= counts.LONGEST:
        assert mean == pytest.approx(wanted * share)
    else:
        assert mean < wanted * share
    assert variance == pytest.approx(mean * (1 - law.probability))


def test_verdicts(modules: dict[str, ModuleType]) -> None:
    rows = modules["rows"]

    def verdict(ours: float, theirs: float) -> str:
        row = rows.against_exact("p", "c", "q", (ours, theirs), 1.0, (0.1, 0.1))
        return str(row.verdict)

    assert verdict(1.05, 0.95) == "agree"
    assert verdict(1.2, 1.0) == "ours off"
    assert verdict(1.0, float("nan")) == "theirs off"
    assert verdict(1.2, 0.8) == "ours and theirs off"


def test_paired_samples_that_differ_are_told_apart(modules: dict[str, ModuleType]) -> None:
    rows, sample = modules["rows"], np.random.default_rng(1).standard_normal(200)
    noise = np.random.default_rng(2).standard_normal(200)
    same = rows.against_each_other("p", "c", "q", sample, sample + 0.1 * noise)
    other = rows.against_each_other("p", "c", "q", sample, sample + 0.1 * noise + 0.1)
    assert (same.verdict, other.verdict) == ("agree", "differ")


def test_settings_that_differ_on_purpose_must_be_told_apart(modules: dict[str, ModuleType]) -> None:
    rows, sample = modules["rows"], np.random.default_rng(1).standard_normal(20)
    noise = np.random.default_rng(2).standard_normal(20)
    same = rows.kept_apart("p", "c", "q", sample, sample + 0.1 * noise)
    other = rows.kept_apart("p", "c", "q", sample, sample + 0.1 * noise + 1)
    assert (same.verdict, same.is_met) == ("not told apart", False)
    assert (other.verdict, other.is_met) == ("told apart", True)
    agreeing = rows.against_each_other("p", "c", "q", sample, sample + 0.1 * noise)
    differing = rows.against_each_other("p", "c", "q", sample, sample + 0.1 * noise + 1)
    assert agreeing.is_met
    assert not differing.is_met


@pytest.mark.parametrize("number", range(4))
def test_compounds_of_both_packages_fill_their_buffers_at_one_rate(
    modules: dict[str, ModuleType], number: int
) -> None:
    """Pulses of C per unit read, from the formulas of aihwkit (docstring of `Buffer`)."""
    compounds = modules["compounds"]
    compound, rates = compounds.COMPOUNDS[number], np.array([0.05, 0.1])
    sizes = np.array([0.1, 0.02])
    devices = Devices("soft-bounds", dw_min=sizes)
    grid = Grid((2, compounds.LINES, compounds.LINES))
    algorithm = compound.ours(grid, devices, devices, rates)
    given = compound.parameters
    assert algorithm.transfer.every == compounds.EVERY
    assert algorithm.rate.pulses.longest == compounds.LONGEST
    assert algorithm.rate.lr == given["fast_lr"]
    assert algorithm.rate.scaled == given.get("auto_scale", False)
    if "auto_momentum" in given:
        slowed = (1 - given["auto_momentum"]) / compounds.EVERY
        assert slowed == pytest.approx(algorithm.rate.average_rate)
    if compound.label.startswith("TTv1"):
        return
    period = compounds.LINES * compounds.EVERY
    unit = given.get("thres_scale") or given["auto_granularity"] / period
    mine = algorithm.buffer_rate / np.asarray(algorithm.rule.threshold)
    assert mine == pytest.approx(rates / (unit * sizes))
    assert algorithm.rule.momentum == given.get("momentum", 0.0)


def test_the_task_of_the_compounds_is_learned(modules: dict[str, ModuleType]) -> None:
    """Without aihwkit: in-memory weights that move by −lr·d xᵀ exactly reach their target."""
    compounds = modules["compounds"]
    task = compounds.Task(seeds=2, vectors=800)
    weights = np.zeros_like(task.target)

    def step(x: Any, d: Any) -> None:
        weights[...] -= 0.02 * d.swapaxes(1, 2) @ x

    errors = task.errors(np.arange(2), lambda: weights.copy(), step)
    assert errors.shape == (2,)
    assert (errors < 1e-3).all()


def test_pairs_name_devices_of_the_catalog(modules: dict[str, ModuleType]) -> None:
    devices = modules["devices"]
    for pair in [*devices.FAMILIES, *devices.presets()]:
        low, high = pair.ends()
        assert low < 0 < high
        assert pair.label.startswith(pair.name)
