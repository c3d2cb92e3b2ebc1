"""Every proved bound of a stationary law that applies to a problem, beside the exact value.

The exact values come from the stationary law, solved without sampling, by the same objects that
``check`` uses. A grid of problems; the ratios of :mod:`analogtheory.experiments.tightness`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sympy

from analogtheory import responses
from analogtheory.bounds import (
    LOWER_INSTANCE,
    RADEMACHER_MEAN,
    REMARK_1,
    WEIGHTED,
    WEIGHTED_SHARP,
    Bound,
)
from analogtheory.experiments.core import Progress, silent
from analogtheory.noise import Rademacher
from analogtheory.proofs.analog_sgd_lower import (
    CRUDE_SECOND_MOMENT,
    LARGEST_SECOND_MOMENT,
    LEAST_SECOND_MOMENT,
)
from analogtheory.verdicts.analog import AnalogAnalysis
from analogtheory.verdicts.problem import Problem, make_problem
from analogtheory.verdicts.residual import ResidualAnalysis

Side = Literal["upper", "lower"]
#: Label of a family, its name in the catalog, its parameters without τ.
FAMILIES: dict[str, tuple[str, dict[str, float]]] = {
    "linear": ("linear", {}),
    "linear, c = 0.2": ("linear", {"c": 0.2}),
    "power, γ = 2": ("power", {"gamma_res": 2.0}),
    "exponential, γ = 1": ("exponential", {"gamma_res": 1.0}),
}

_INSTANCE = LOWER_INSTANCE.hypotheses[:3]
CRUDE = Bound(
    "crude second moment", "E(W − w_S)²", CRUDE_SECOND_MOMENT, _INSTANCE,
    "claim rademacher-instance-crude-second-moment",
)  # fmt: skip
LARGEST = Bound(
    "second moment, upper", "E(W − w_S)²", LARGEST_SECOND_MOMENT, _INSTANCE,
    "claim rademacher-instance-second-moment",
)  # fmt: skip
LEAST = Bound(
    "second moment, lower", "E(W − w_S)²", LEAST_SECOND_MOMENT, _INSTANCE,
    "claim rademacher-instance-second-moment",
)  # fmt: skip
LOWER_WITH_STEP = Bound(
    "lower bound with its step-size term", LOWER_INSTANCE.quantity,
    LOWER_INSTANCE.expr + sympy.Symbol("h") ** 2 * LEAST_SECOND_MOMENT, LOWER_INSTANCE.hypotheses,
    "claim rademacher-instance-second-moment",
)  # fmt: skip

#: Bound and what it is about.
ROWS: dict[str, str] = {
    "weighted": "Analog SGD: E[M f′²], upper bound from (72)",
    "sharp": "Analog SGD: E[M f′²], upper bound, sharp form",
    "remark-1": "Analog SGD: E f′², upper bound, Remark 1 with M_min",
    "lower": "Analog SGD: E f′², lower bound",
    "lower-step": "Analog SGD: E f′², lower bound with its step-size term",
    "crude": "Analog SGD: E(W − w_S)² ≤ 4ασ²/λ",
    "largest": "Analog SGD: E(W − w_S)², upper bound",
    "least": "Analog SGD: E(W − w_S)², lower bound",
    "residual": "Residual Learning: E[M(P) f′²], upper bound",
}


@dataclass(frozen=True)
class Setting:
    """One problem: f = ½(w − w*)², a response, a noise law, a step size.

    Attributes
    ----------
    family : str
        A key of :data:`FAMILIES`.
    tau, sigma, target, alpha : float
        Range, noise, w*/τ and step size.
    noise : str
        Name of the noise law.
    """

    family: str
    tau: float
    sigma: float
    target: float
    alpha: float
    noise: str

    def problem(self) -> Problem:
        """The problem as ``check`` sets it."""
        name, parameters = FAMILIES[self.family]
        return make_problem(
            responses.get(name, tau=self.tau, **parameters),
            curvature=1.0,
            minimiser=self.target * self.tau,
            noise=f"{self.noise}:{self.sigma:g}",
            lr=self.alpha,
        )


@dataclass(frozen=True)
class Ratio:
    """A bound beside the exact value.

    Attributes
    ----------
    bound : str
        A key of :data:`ROWS`.
    side : {"upper", "lower"}
    setting : Setting
    proved, exact, error : float
        The bound, the exact value and its estimated error.
    looseness : float
        proved/exact for an upper bound, exact/proved for a lower one: at least 1.
    """

    bound: str
    side: Side
    setting: Setting
    proved: float
    exact: float
    error: float

    @property
    def looseness(self) -> float:
        """At least 1 if the bound is true."""
        return self.proved / self.exact if self.side == "upper" else self.exact / self.proved


def settings(quick: bool = False) -> list[Setting]:
    """The grid."""
    if quick:
        axes: Sequence[Sequence[Any]] = (
            list(FAMILIES)[::2], (1.0,), (0.2,), (0.1, 0.5), (0.05, 0.0125),
            ("rademacher", "gaussian"),
        )  # fmt: skip
    else:
        axes = (
            list(FAMILIES), (0.7, 1.4), (0.05, 0.2, 0.5), (0.1, 0.5),
            (0.1, 0.02, 0.004), ("rademacher", "gaussian"),
        )  # fmt: skip
    return [Setting(*values) for values in itertools.product(*axes)]


def ratios(setting: Setting, *, residual: bool = False) -> list[Ratio]:
    """Every bound that applies to a problem.

    Parameters
    ----------
    setting : Setting
    residual : bool
        Also solve Residual Learning (γ = 0.4, β = α/10), which takes about half a second.
    """
    problem = setting.problem()
    analog = AnalogAnalysis(problem)
    return [
        Ratio(name, side, setting, proved, estimate.value, estimate.error)
        for name, side, proved, estimate in itertools.chain(
            _upper(analog), _instance(analog), _residual(problem) if residual else ()
        )
        if estimate is not None and estimate.value > 1e-30 and proved > 0
    ]


_Row = tuple[str, Side, float, Any]


def _upper(analog: AnalogAnalysis) -> Iterator[_Row]:
    """The bounds of (72) in stationarity, where their hypotheses hold."""
    p = analog.problem
    if analog.weighted_bound is not None:
        yield "weighted", "upper", analog.weighted_bound, analog.weighted_second_moment
        values = {
            "alpha": p.lr, "L": p.objective.smoothness, "sigma": p.noise.sigma,
            "F_max": p.response.F_max.high, "S": analog.saturation.value,
        }  # fmt: skip
        yield "sharp", "upper", WEIGHTED_SHARP(**values), analog.weighted_second_moment
    bound, _ = analog.upper_bound
    if bound is not None:
        yield "remark-1", "upper", bound, analog.gradient_second_moment


def is_instance(analog: AnalogAnalysis) -> bool:
    """Whether the problem is the instance of the lower bound."""
    p = analog.problem
    tau = float(p.response.high)
    if not isinstance(p.noise, Rademacher) or not analog.law.is_invariant:
        return False
    linear = responses.get("linear", tau=tau)
    same = p.response.up == linear.up and p.response.down == linear.down
    steepest = max(abs(p.objective.gradient(list(analog.invariant_interval))))
    return bool(
        same and steepest <= p.noise.sigma * (1 + 1e-9) and p.lr * (steepest + p.noise.sigma) <= tau
    )


def _instance(analog: AnalogAnalysis) -> Iterator[_Row]:
    """The lower bound and the second moments on the Rademacher instance."""
    if not is_instance(analog):
        return
    p = analog.problem
    given = {
        "alpha": p.lr, "h": p.objective.curvature, "tau": float(p.response.high),
        "sigma": p.noise.sigma, "w_star": p.objective.minimiser,
    }  # fmt: skip
    mean = RADEMACHER_MEAN(**given)
    rho = mean / given["tau"]
    spread = analog.law.expectation((analog.dynamics.mixed_weight - mean) ** 2)
    lower = LOWER_INSTANCE(sigma=p.noise.sigma, S=rho**2 / (1 - rho**2))
    yield "lower", "lower", lower, analog.gradient_second_moment
    share = {"rho": rho, "S": rho**2 / (1 - rho**2)}
    lower_with_step = LOWER_WITH_STEP(**given, **share)
    yield "lower-step", "lower", lower_with_step, analog.gradient_second_moment
    yield "crude", "upper", CRUDE(**given), spread
    yield "largest", "upper", LARGEST(**given, rho=rho), spread
    yield "least", "lower", LEAST(**given, rho=rho), spread


def _residual(problem: Problem) -> Iterator[_Row]:
    """The weighted bound of Residual Learning, where it applies."""
    analysis = ResidualAnalysis(problem)
    if analysis.weighted_bound is not None:
        yield "residual", "upper", analysis.weighted_bound, analysis.weighted_second_moment


def measure(quick: bool = False, progress: Progress = silent) -> list[Ratio]:
    """All ratios of the grid; Residual Learning on a part of it."""
    grid, found = settings(quick), []
    step, width = min(s.alpha for s in grid), min(s.tau for s in grid)
    for number, s in enumerate(grid, start=1):
        slow = s.noise == "rademacher" and s.alpha == step and s.tau == width
        found += ratios(s, residual=slow)
        progress(number / len(grid))
    return found


#: Where each bound comes from.
SOURCES = {
    "weighted": WEIGHTED.source, "sharp": WEIGHTED_SHARP.source, "remark-1": REMARK_1.source,
    "lower": LOWER_INSTANCE.source,
    "lower-step": LOWER_WITH_STEP.source, "crude": CRUDE.source, "largest": LARGEST.source,
    "least": LEAST.source, "residual": "claim residual-learning-weighted-bound",
}  # fmt: skip
