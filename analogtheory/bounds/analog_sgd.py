"""Bounds on the asymptotic error of Analog SGD, as formulas with their source.

Symbols: α learning rate, L smoothness, σ² the *total* variance of the gradient noise,
F_max = sup F, M_min = inf M on the set that the weights cannot leave, S = E[G²/F] under
the stationary law (the limit of S_K = (1/K)Σ‖G(W_k)/√F(W_k)‖²_∞ in one dimension).
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from analogtheory.errors import InputError

alpha, L, sigma, F_max, M_min, S, h, tau = sympy.symbols(
    "alpha L sigma F_max M_min S h tau", positive=True
)


@dataclass(frozen=True)
class Bound:
    """A closed form that a theorem gives for some quantity.

    Attributes
    ----------
    name : str
    quantity : str
        What it bounds, in words.
    expr : sympy.Expr
        The formula.
    hypotheses : tuple of str
        What it needs, in words.
    source : str
        Paper and equation, or "derived here" with the starting point.
    """

    name: str
    quantity: str
    expr: sympy.Expr
    hypotheses: tuple[str, ...]
    source: str

    def __call__(self, **values: float) -> float:
        """The number for given values of the symbols.

        Raises
        ------
        InputError
            If a symbol of the formula is missing.

        Examples
        --------
        >>> round(WEIGHTED(alpha=0.1, L=1, sigma=0.5, F_max=1, S=0.04), 12)
        0.07
        """
        needed = {symbol.name for symbol in self.expr.free_symbols}
        if missing := needed - set(values):
            raise InputError(f"bound {self.name}: needs {', '.join(sorted(missing))}")
        return float(
            self.expr.subs({symbol: values[symbol.name] for symbol in self.expr.free_symbols})
        )


#: One step of (72) in stationarity: E f(W⁺) = E f(W), so the descent terms balance the rest.
WEIGHTED = Bound(
    name="weighted gradient bound",
    quantity="E[M(W)·‖∇f(W)‖²] under the stationary law",
    expr=2 * F_max * sigma**2 * (alpha * L * F_max**2 + S),
    hypotheses=(
        "f is L-smooth",
        "E ε = 0, E ε² ≤ σ²",
        "|G| ≤ F",
        "α ≤ 1/(4·L·F_max)",
        "clipping at the ends of the range does not raise f: f′(low) ≤ 0 ≤ f′(high)",
    ),
    source="derived here from arXiv:2502.06309 eq. (72), taken in stationarity",
)

#: The same without the last term of (72): half the asymptotic term, and longer steps.
WEIGHTED_SHARP = Bound(
    name="sharp weighted gradient bound",
    quantity=WEIGHTED.quantity,
    expr=F_max * sigma**2 * (2 * alpha * L * F_max**2 + S),
    hypotheses=(*WEIGHTED.hypotheses[:3], "α ≤ 1/(2·L·F_max)", WEIGHTED.hypotheses[-1]),
    source="derived here: claims analog-sgd-one-step-without-metric and "
    "analog-sgd-weighted-bound-sharp",
)

#: WEIGHTED divided by M_min: Remark 1 with K → ∞ at a fixed step size.
REMARK_1 = Bound(
    name="Remark 1 at a fixed step size",
    quantity="E‖∇f(W)‖² under the stationary law",
    expr=WEIGHTED.expr / M_min,
    hypotheses=(*WEIGHTED.hypotheses, "M(W) ≥ M_min > 0 along the whole path"),
    source="arXiv:2502.06309 Remark 1, eqs. (74), (75); its step-size term kept at fixed α "
    "(derived here)",
)

#: The instance of the lower bound: scalar quadratic, linear device, Rademacher noise.
LOWER_INSTANCE = Bound(
    name="lower bound on the Rademacher instance",
    quantity="E‖∇f(W)‖² under the stationary law",
    expr=sigma**2 * S / (1 + S),
    hypotheses=(
        "f is a scalar quadratic",
        "the response is linear with c = 0",
        "ε = ±σ, |f′| ≤ σ and α|f′ + ε| ≤ τ on the set that the weights cannot leave",
        "S = ρ²/(1 − ρ²) with ρ = w_S/τ, the saturation at the penalised minimiser",
    ),
    source="derived here; the statement Ω(σ²S) is recalled from arXiv:2406.12774",
)

#: w_S, where Analog SGD stops in the mean on that instance, whatever α.
w_star = sympy.Symbol("w_star", real=True)
RADEMACHER_MEAN = Bound(
    name="exact mean on the Rademacher instance",
    quantity="E W under the stationary law",
    expr=w_star * h * tau / (h * tau + sigma),
    hypotheses=LOWER_INSTANCE.hypotheses[:3],
    source="derived here: E W⁺ − w_S = (1 − α(h + σ/τ))(W − w_S)",
)
