"""Closed forms for the errors that Residual Learning keeps at a fixed step size."""

from __future__ import annotations

import sympy

from analogtheory.bounds.analog_sgd import Bound

alpha, sigma, h, F_0, Sigma = sympy.symbols("alpha sigma h F_0 Sigma", positive=True)
gamma = sympy.Symbol("gamma", nonnegative=True)
slope, R_W = sympy.symbols("slope R_W", real=True)

#: Damping of the residual array: κ = hγF(0) + ΣG′(0).
kappa = h * gamma * F_0 + Sigma * slope

#: E|P| in the limit of small steps: P fluctuates like an Ornstein-Uhlenbeck process.
MEAN_ABS_RESIDUAL = Bound(
    name="size of the residual array",
    quantity="E|P| under the stationary law, to leading order in √α",
    expr=sympy.sqrt(2 / sympy.pi * alpha * sigma**2 * F_0**2 / (2 * kappa)),
    hypotheses=("G(0) = 0 for the residual array", "κ > 0", "small α, β ≪ α"),
    source="derived here (linearised P; theory notes 4.3)",
)

#: The bias of the mixed weight that is left at a fixed step size.
SQRT_ALPHA_BIAS = Bound(
    name="√α bias of Residual Learning",
    quantity="E W̄ − w*, to leading order in √α",
    expr=-(Sigma / h) * slope * R_W * MEAN_ABS_RESIDUAL.expr,
    hypotheses=MEAN_ABS_RESIDUAL.hypotheses,
    source="derived here: the main array's own implicit penalty with E|P| as its noise",
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
