from __future__ import annotations

import numpy as np
import pytest

from analogtheory.errors import InputError
from analogtheory.objectives import (
    FormulaObjective,
    LeastSquares,
    Quadratic,
    ScalarQuadratic,
    SeparableQuadratic,
)


def numeric_gradient(objective, w: np.ndarray, step: float = 1e-6) -> np.ndarray:
    return np.array(
        [
            (objective.value(w + step * e) - objective.value(w - step * e)) / (2 * step)
            for e in np.eye(w.size)
        ]
    )


def test_scalar_quadratic() -> None:
    f = ScalarQuadratic(2.0, 0.3)
    assert f.value([0.3, 1.3]).tolist() == [0.0, 1.0]
    assert f.gradient([0.3, 1.3]) == pytest.approx([0.0, 2.0])
    assert (f.smoothness, f.strong_convexity, f.curvature, f.minimiser) == (2.0, 2.0, 2.0, 0.3)


@pytest.mark.parametrize("curvature", [0.0, -1.0, float("nan")])
def test_bad_curvature(curvature: float) -> None:
    with pytest.raises(InputError):
        ScalarQuadratic(curvature, 0.0)


def test_formula_objective_constants() -> None:
    f = FormulaObjective("(w - 0.9)**2/2 + w**4", -1, 1)
    # f' = w − 0.9 + 4w³, f'' = 1 + 12w²
    root = np.roots([4, 0, 1, -0.9])
    root = float(root[abs(root.imag) < 1e-12].real[0])
    assert f.minimiser_enclosure.low <= root + 1e-15
    assert f.minimiser_enclosure.high >= root - 1e-15
    assert f.smoothness_enclosure.low <= 13 <= f.smoothness_enclosure.high
    assert f.smoothness >= 13
    assert f.strong_convexity == pytest.approx(1.0, abs=1e-8)
    assert f.strong_convexity <= 1.0
    assert f.curvature == pytest.approx(1 + 12 * root**2)


def test_formula_objective_picks_the_global_minimum() -> None:
    f = FormulaObjective("(w**2 - 1/4)**2 + w/20", -1, 1)
    assert f.minimiser < -0.4
    assert f.strong_convexity is None


@pytest.mark.parametrize("power", [4, 6])
def test_minima_of_higher_order_are_found(power: int) -> None:
    f = FormulaObjective(f"(w - 0.3)**{power}", -1, 1)
    assert f.minimiser == pytest.approx(0.3, abs=1e-8)
    assert f.curvature == pytest.approx(0.0, abs=1e-12)


def test_tiny_objectives_are_objectives() -> None:
    assert FormulaObjective("1e-13*(w - 0.5)**2", -1, 1).minimiser == pytest.approx(0.5)


def test_smoothness_beyond_the_range() -> None:
    f = FormulaObjective("w**4 + w**2", -1, 1)
    assert f.smoothness_between(-2.0, 2.0) == pytest.approx(12 * 4 + 2)
    assert f.smoothness == pytest.approx(14)


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("w", "no minimiser inside"),
        ("(w - 3)**2", "no minimiser inside"),
        ("(w**2 - 1/4)**2", "not unique"),
        ("abs(w)", "kinks"),
        ("1/w", "division by zero"),
        ("3", "does not depend"),
        ("log(w)", "not positive"),
        ("import os", "syntax"),
    ],
)
def test_bad_formulas(formula: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        FormulaObjective(formula, -1, 1)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "objective",
    [
        Quadratic.generate(4, condition=7.0, seed=3),
        SeparableQuadratic([1.0, 2.0, 0.5, 3.0], [0.1, -0.2, 0.3, 0.0]),
        LeastSquares(np.arange(24.0).reshape(6, 4) % 7, np.arange(6.0)),
    ],
    ids=["quadratic", "separable", "least squares"],
)
def test_gradients_and_constants_in_several_dimensions(objective) -> None:
    w = np.array([0.3, -0.1, 0.2, 0.5])
    assert objective.gradient(w) == pytest.approx(numeric_gradient(objective, w), abs=1e-8)
    batch = np.stack([w, 2 * w])
    assert objective.gradient(batch)[1] == pytest.approx(objective.gradient(2 * w))
    assert objective.value(batch).shape == (2,)
    assert objective.gradient(objective.minimiser) == pytest.approx(np.zeros(4), abs=1e-12)
    eigenvalues = np.linalg.eigvalsh(objective.hessian)
    assert objective.smoothness == pytest.approx(eigenvalues[-1])
    assert objective.strong_convexity == pytest.approx(eigenvalues[0])


def test_generated_quadratic_is_reproducible_with_the_asked_condition() -> None:
    a, b = (
        Quadratic.generate(6, condition=25.0, seed=1),
        Quadratic.generate(6, condition=25.0, seed=1),
    )
    assert np.array_equal(a.hessian, b.hessian)
    assert a.smoothness / a.strong_convexity == pytest.approx(25.0)


def test_rank_deficient_least_squares_has_no_strong_convexity() -> None:
    assert LeastSquares([[1.0, 1.0], [2.0, 2.0]], [1.0, 2.0]).strong_convexity is None


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: Quadratic([[1, 2], [2, 1]], [0, 0]), "positive definite"),
        (lambda: Quadratic([[1, 2], [0, 1]], [0, 0]), "symmetric"),
        (lambda: Quadratic([[1.0]], [0, 0]), "shape"),
        (lambda: Quadratic.generate(0), "at least 1"),
        (lambda: LeastSquares([[1.0]], [1.0, 2.0]), "shape"),
        (lambda: LeastSquares([[np.nan]], [1.0]), "finite"),
    ],
)
def test_bad_arrays(build, words: str) -> None:
    with pytest.raises(InputError, match=words):
        build()
