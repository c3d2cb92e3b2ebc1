"""Every experiment: quick numbers are those on record, captions name claims that exist."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analogtheory.claims.collect import collect
from analogtheory.experiments import registry, run, store
from analogtheory.experiments.look import DOUBLE, SINGLE, paper_style

FIGURES = Path(__file__).parents[2] / "paper_figs"
QUICK = FIGURES / "quick"

every_experiment = pytest.mark.parametrize("name", registry.names())


@every_experiment
def test_quick_numbers_are_those_on_record(name: str) -> None:
    assert run.check(registry.load(name), FIGURES) == []


@every_experiment
def test_every_array_is_compared_closely(name: str) -> None:
    """A tolerance for each array; a shift of each entry beyond it is noticed."""
    experiment, stored = registry.load(name), store.read(name, QUICK)
    tolerances = experiment.tolerances(stored.data)
    assert tolerances.keys() == stored.data.keys()
    for array, values in stored.data.items():
        allowed = np.broadcast_to(np.asarray(tolerances[array], dtype=float), values.shape)
        finite = np.isfinite(values)
        assert np.all(allowed[finite] >= 0)
        assert np.all(allowed[finite] <= max(1.0, np.abs(values[finite]).max())), array
        moved = {**stored.data, array: values + 1.01 * allowed + 1e-300}
        [line] = run.differences(experiment, stored.data, moved)
        assert line.startswith(f"{array}: ")


@every_experiment
def test_the_record_is_that_of_the_experiment(name: str) -> None:
    experiment, record = registry.load(name), store.read(name, QUICK).record
    assert experiment.name == name
    assert record["size"] == "quick"
    assert record["caption"] == experiment.caption
    assert record["claims"] == list(experiment.claims)
    assert (QUICK / f"{name}.npz").stat().st_size < 100_000


@every_experiment
def test_claims_exist_and_the_caption_names_them(name: str) -> None:
    experiment, ledger = registry.load(name), collect()
    assert set(experiment.claims) <= set(ledger)
    words = set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)+", experiment.caption))
    assert set(experiment.claims) <= words
    assert words & set(ledger) == set(experiment.claims)  # and no other one


@every_experiment
def test_the_picture_can_be_read(name: str) -> None:
    """A column's width; labels that lie on the paper; text of 6 points or more; ticks apart."""
    experiment, stored = registry.load(name), store.read(name, QUICK)
    with paper_style():
        figure = experiment.draw(stored.data)
        figure.canvas.draw()
        assert figure.get_size_inches()[0] in (SINGLE, DOUBLE)
        assert any(axes.get_xlabel() for axes in figure.axes)
        for axes in figure.axes:
            headings = [axes.xaxis.label, axes.yaxis.label, axes._left_title]
            for text in [t for t in (*headings, *axes.texts) if t.get_text()]:
                assert text.get_fontsize() >= 6
                box = text.get_window_extent()
                assert figure.bbox.padded(1).contains(box.x0, box.y0), text.get_text()
                assert figure.bbox.padded(1).contains(box.x1, box.y1), text.get_text()
            assert_apart([tick.get_window_extent() for tick in axes.get_xticklabels()])


def assert_apart(boxes: list[Any]) -> None:
    """No two tick labels in a row overlap."""
    shown = sorted((box for box in boxes if box.width > 0), key=lambda box: box.x0)
    for left, right in itertools.pairwise(shown):
        assert left.x1 <= right.x0 + 0.5
