"""Closed forms for the errors that Residual Learning keeps at a fixed step size."""

from __future__ import annotations

import math

import sympy
from scipy import optimize

from analogtheory.bounds.analog_sgd import Bound

alpha, sigma, h, F_0, Sigma = sympy.symbols("alpha sigma h F_0 Sigma", positive=True)
gamma = sympy.Symbol("gamma", nonnegative=True)
slope, R_W = sympy.symbols("slope R_W", real=True)

#: Damping of the residual array: κ = hγF(0) + ΣG′(0).
kappa = h * gamma * F_0 + Sigma * slope

#: a = E|P|/std(P), see :func:`folded_mean`.
a = sympy.Symbol("a", positive=True)


def folded_mean(ratio: float) -> float:
    """a(R) = E|P|/std(P) when the mean of P is held at E P = R·E|P|.

    In equilibrium the main array does not move in the mean, so E P = R·E|P| with
    R = R_W(w*), and P is a normal law around that mean. The folded normal law then gives

        a = √(2/π)·exp(−R²a²/2) + R·a·erf(R·a/√2),

    √(2/π) for R = 0, and growing without bound as |R| → 1. Derived here; the theory notes
    (4.3) use a = √(2/π) for every R, which is 9 % too small at R = 1/2.

    Examples
    --------
    >>> round(folded_mean(0.0), 6), round(folded_mean(0.5), 6)
    (0.797885, 0.872653)
    """

    def gap(value: float) -> float:
        m = abs(ratio) * value
        bell = math.sqrt(2 / math.pi) * math.exp(-0.5 * m * m)
        return bell + m * math.erf(m / math.sqrt(2)) - value

    upper = 1.0
    while gap(upper) > 0:
        upper *= 2
    return float(optimize.brentq(gap, 0.0, upper, xtol=1e-15))


#: E|P| in the limit of small steps: P fluctuates like an Ornstein-Uhlenbeck process.
MEAN_ABS_RESIDUAL = Bound(
    name="size of the residual array",
    quantity="E|P| under the stationary law, to leading order in √α",
    expr=a * sympy.sqrt(alpha * sigma**2 * F_0**2 / (2 * kappa)),
    hypotheses=("G(0) = 0 for the residual array", "κ > 0", "small α, β ≪ α", "a = a(R_W(w*))"),
    source="derived here: linearised P around its own mean (repairs theory notes 4.3)",
)

#: The bias of the mixed weight that is left at a fixed step size.
SQRT_ALPHA_BIAS = Bound(
    name="√α bias of Residual Learning",
    quantity="E W̄ − w*, to leading order in √α",
    expr=-(Sigma / (h * F_0)) * slope * R_W * MEAN_ABS_RESIDUAL.expr,
    hypotheses=MEAN_ABS_RESIDUAL.hypotheses,
    source="derived here: stationarity of P, h·(E W̄ − w*)·F(0) + Σ·G′(0)·E P = 0 with "
    "E P = R_W·E|P|",
)

#: The tilt of the objective by a shifted symmetric point of the residual array.
R_P = sympy.Symbol("R_P", real=True)
TILT = Bound(
    name="tilt by a shifted symmetric point",
    quantity="∇f(W̄) at the fixed point, with E|ε| for E|∇f + ε|",
    expr=-Sigma * R_P,
    hypotheses=("P = 0 at the fixed point", "R_P = G(0)/F(0) of the residual array"),
    source="derived here (theory notes 4.4); contrapositive of arXiv:2502.06309 Assumption 4",
)

#: E f(W̄⁺) = E f(W̄) in stationarity, inserted into the descent inequality of W̄.
L, F_max, S, T, T_M = sympy.symbols("L F_max S T T_M", positive=True)
WEIGHTED_RESIDUAL = Bound(
    name="weighted gradient bound of Residual Learning",
    quantity="E[M(P)·‖∇f(W̄)‖²] under the stationary law",
    expr=(4 * F_max / (alpha * gamma))
    * (
        sympy.Rational(3, 4) * alpha * gamma * sigma**2 * S
        + 2 * alpha**2 * gamma**2 * L * F_max**2 * sigma**2
        + F_max / (alpha * gamma) * T_M
        + L * T
    ),
    hypotheses=(
        "f is L-smooth",
        "E ε = 0, E ε² ≤ σ²",
        "|G| ≤ F and M(P) > 0, and no update is clipped, on the weights of the law",
        "γ > 0",
        "α ≤ 1/(8·L·γ·F_max)",
        "S = E[G(P)²/F(P)], T = E‖ΔW‖², T_M = E[‖ΔW‖²/M(P)]",
    ),
    source="derived here: arXiv:2502.06309 Lemma 5 repaired (step αγ, Young for ΔW), taken in "
    "stationarity; eq. (76) as printed drops γ and L",
)
