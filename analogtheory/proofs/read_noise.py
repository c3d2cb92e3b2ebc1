"""Read noise of the transfer, and the digital buffer that filters it.

Problem: the transfer reads P_{k+1} + ε_r (arXiv:2502.06309 section 5), so the main array rests
where E P·F(W) = E|P + ε_r|·G(W): an implicit penalty on the upper level. The buffer (14),
H⁺ = (1 − β)H + β(P⁺ + ε_r), averages it. Two printed statements hold as the paper uses its
words, and are made explicit here: the penalised upper level ‖P*‖² + ⟨Σ_ε, R_c⟩ is meant with
the 2/γ of the hyper-gradient absorbed in β (without that, the weight is (2/γ)Σ_ε); and the
radius O(β) of the buffer is one in mean square, as that of Theorem 3 (as a length it is √β).

Numbers: exact stationary law, linear devices, h = τ = 1, W* = 1/2, γ = 0.4, α = 1/100,
β = α/10, Rademacher gradient noise σ = 0.2 and Gaussian read noise ρ.
"""

from __future__ import annotations

from typing import TypeAlias

import sympy

from analogtheory.algorithms import buffered_residual_learning, residual_learning
from analogtheory.algorithms.symbols import H, P, W
from analogtheory.claims import (
    Evidence,
    Run,
    Settled,
    Source,
    agrees,
    claim,
    conclude,
    derived,
    facts_of,
    hypothesis,
    lemma,
    twin,
)
from analogtheory.noise import Gaussian, Rademacher
from analogtheory.proofs.bilevel import residual
from analogtheory.proofs.exact_residual import Setting, moments
from analogtheory.proofs.general_device import (
    GeneralDevice,
    GeneralObjective,
    GeneralQuadratic,
    as_symbols,
    field_of,
    h,
    plain,
    w_star,
)
from analogtheory.prove import Fact, ge, gt, le, prove_by_terms, prove_identity, prove_polynomial
from analogtheory.stationary import Estimate

Expr: TypeAlias = sympy.Expr

alpha, beta, gamma, m, F, R = sympy.symbols("alpha beta gamma m F R", real=True)
sigma_r, variance, p = sympy.symbols("Sigma_r variance p", real=True)
weight, w_min = sympy.symbols("weight w_min", real=True)


def main_array_drift() -> Expr:
    """Ẇ with read noise, q± = F(1 ∓ R), m = E|P + ε_r|."""
    device = GeneralDevice("W")
    dynamics = residual_learning(
        device, GeneralObjective(), Gaussian(1.0), read_noise=Gaussian(1.0)
    )
    values = {device.general_up.func(W): F * (1 - R), device.general_down.func(W): F * (1 + R)}
    return plain(as_symbols(field_of(dynamics, "W"), values)).subs(P, p)


_READS = (0.1, 0.3, 1.0)
_RESIDUALS = (0.04173, 0.11096, 0.27666)
_MAINS = (-0.02504, -0.06657, -0.16600)


@claim(
    "read-noise-equilibrium",
    source=derived("mean field of the transfer with read noise, section 5", "2502.06309"),
    form="derived",
    statement="With read noise the mean field of the main array rests where P = E|P + ε_r|·R(W), "
    "and that of P where W̄ − W* = −E|g+ε|·R_P(P)/h, so W − W* = −γP − E|g+ε|·R_P(P)/h. For linear "
    "devices, h = τ = 1, W* = 1/2, γ = 0.4, Rademacher σ = 0.2, α = 1/100, β = α/10 and Gaussian "
    "read noise ρ = 0.1, 0.3, 1, E P is 0.04173, 0.11096, 0.27666 and E W − W* is −0.02504, "
    "−0.06657, −0.16600.",
    latex=r"\dot W = \beta F(W)\big(P - \mathbb{E}|P+\varepsilon_r|\,R(W)\big) = 0, \quad"
    r" \bar W - W^* = -\frac{\mathbb{E}|g+\varepsilon|\,R_P(P)}{h}",
    hypotheses=(
        hypothesis("read noise independent of P, added in the transfer; f quadratic"),
        hypothesis(
            "numbers: α = 1/100, β = α/10, h = τ = 1, W* = 1/2, γ = 0.4, Rademacher σ = 0.2, "
            "Gaussian read noise ρ, linear devices"
        ),
    ),
    twins=(
        twin("P = E|ε_r|·R(W): the noise alone", noise_only=True),
        twin("the digits of the notes' prediction", residuals=(0.038, 0.105, 0.272)),
        twin("no read noise in the transfer", weight_of_noise=0),
    ),
)
def read_noise_equilibrium(
    run: Run,
    noise_only: bool = False,
    residuals: tuple[float, ...] = _RESIDUALS,
    weight_of_noise: int = 1,
) -> Evidence:
    """The zero of Ẇ is an identity; numbers by the exact law, to its error and the last digit."""
    read = sympy.Symbol("Sigma_r", real=True) if noise_only else m
    claimed = beta * F * (p - weight_of_noise * read * R)
    point = {"beta": 1, "F": 1, "R": "1/2", "m": 1, "p": 0, "Sigma_r": "1/2"}
    steps = []
    table = list(zip(_READS, residuals, _MAINS, strict=True))
    for rho, mean, main in table[1:2] if run.quick else table:
        found = moments(Setting(Rademacher(0.2), read_noise=Gaussian(rho)), run.quick)
        steps += [
            _digits(f"E P, ρ = {rho:g}", found.residual, mean),
            _digits(f"E W − W*, ρ = {rho:g}", found.main, main),
        ]
    h_off = h * (W + gamma * p - w_star)
    return conclude(
        lemma("Ẇ = βF(P − m·R)", prove_identity(main_array_drift(), claimed, points=[point])),
        lemma(
            "Ṗ = −αF(h(W̄ − W*) + E|g + ε|·R_P)",
            prove_identity(residual_drift(), -alpha * F * (h_off + m * R)),
        ),
        *steps,
    )


def _digits(words: str, found: Estimate, claimed: float) -> Settled:
    """To the law's own error, plus half a unit of the fifth digit."""
    return agrees(words, found.value, claimed, tolerance=found.error + 5e-6)


def residual_drift() -> Expr:
    """Ṗ at P = p for a quadratic f, q± = F(1 ∓ R) of the residual array, m = E|g + ε|."""
    device = GeneralDevice("P")
    dynamics = residual_learning(
        GeneralDevice("W"), GeneralQuadratic(), Gaussian(1.0), residual_response=device
    )
    values = {device.general_up.func(P): F * (1 - R), device.general_down.func(P): F * (1 + R)}
    return plain(as_symbols(field_of(dynamics, "P"), values)).subs(P, p)


def _penalised_slope(level: Expr, size: Expr) -> Expr:
    """d/dW of level·‖P*(W)‖² + size·Σ_ε·R_c(W), with R_c′ = R."""
    return level * sympy.diff(residual(weight, w_min) ** 2, weight) + size * sigma_r * R


_PENALTY = (
    hypothesis("f has exactly one minimiser W*, γ > 0", gt(gamma)),
    hypothesis("P has settled at P*(W); E|P* + ε_r| is taken as a constant, Σ_ε = E|ε_r|"),
)


def _penalty(level: Expr, size: Expr, pace: Expr) -> Evidence:
    settled = main_array_drift().subs({m: sigma_r, p: residual(weight, w_min)})
    downhill = -beta * F * pace * _penalised_slope(level, size)
    point = {
        **{"beta": 1, "F": 1, "gamma": 1, "weight": 0, "w_min": 1, "R": "1/2"},
        "Sigma_r": 1,
    }
    same = prove_identity(settled, downhill, given=facts_of(_PENALTY), points=[point])
    return conclude(lemma(f"Ẇ = −β·({pace})·F(W)·∇(penalised upper level)", same))


@claim(
    "read-noise-penalty-printed",
    source=Source("2502.06309", "section 5, before eq. (14)"),
    form="printed",
    statement="With read noise the transfer descends the upper level penalised by ⟨Σ_ε, R_c(W)⟩, "
    "Σ_ε = E|ε_r|, where the upper level is ‖P*(W)‖² with the factor 2/γ of its gradient absorbed "
    "in β, that is (γ/2)‖P*(W)‖².",
    latex=r"\tfrac{\gamma}{2}\|P^*(W)\|^2 + \langle \Sigma_\varepsilon, R_c(W)\rangle",
    hypotheses=_PENALTY,
    twins=(
        twin("nothing absorbed: ‖P*‖² itself", level=sympy.S.One),
        twin("a reward in place of the penalty", size=sympy.S.NegativeOne),
    ),
    readings=(
        "printed is ‖P*‖² + ⟨Σ_ε, R_c⟩; 2/γ is absorbed in β by the text before eq. (11), which "
        "the transfer with read noise repeats: holds",
        "nothing absorbed: then γ = 2 only, and the weight is (2/γ)Σ_ε, see read-noise-penalty",
        "E|P* + ε_r| for Σ_ε (the text assumes a constant): the same without that assumption",
    ),
)
def read_noise_penalty_printed(
    run: Run, level: Expr = gamma / 2, size: Expr = sympy.S.One
) -> Evidence:
    """The mean transfer step against the slope of the penalised upper level."""
    return _penalty(level, size, sympy.S.One)


@claim(
    "read-noise-penalty",
    source=derived("section 5, before eq. (14), with the factor 2/γ kept", "2502.06309"),
    form="derived",
    statement="With read noise and P = P*(W) the mean transfer step is −(βγ/2)F(W) times the "
    "slope of ‖P*(W)‖² + (2/γ)⟨Σ_ε, R_c(W)⟩: without absorbing 2/γ in β the penalty has the "
    "weight (2/γ)Σ_ε.",
    latex=r"\|P^*(W)\|^2 + \tfrac{2}{\gamma}\langle \Sigma_\varepsilon, R_c(W)\rangle",
    hypotheses=_PENALTY,
    twins=(
        twin("the weight Σ_ε", size=sympy.S.One),
        twin("γ/2 for 2/γ", size=gamma / 2),
    ),
)
def read_noise_penalty(run: Run, size: Expr = 2 / gamma) -> Evidence:
    """The same comparison with ‖P*‖² itself."""
    return _penalty(sympy.S.One, size, gamma / 2)


def buffer_step() -> Expr:
    """H⁺ as the algorithm computes it, with x = P⁺ + ε_r for what is read."""
    dynamics = buffered_residual_learning(
        GeneralDevice("W"), GeneralObjective(), Gaussian(1.0), read_noise=Gaussian(1.0)
    )
    (assign,) = (
        step
        for step in dynamics.steps
        if getattr(step, "state", None) == H and hasattr(step, "value")
    )
    read = sympy.Symbol("x", real=True)
    noise = dynamics.draws[1].symbol
    return plain(assign.value).subs(noise, read - P)


_BUFFER = (
    hypothesis("P fixed, read noise of variance ρ²", ge(variance)),
    hypothesis("0 < β ≤ 1", gt(beta), le(beta, 1)),
)


def _buffer_variance() -> Expr:
    """The stationary variance of H: v = (1 − β)²v + β²ρ², from the coefficients of the step."""
    step = sympy.expand(buffer_step())
    keep, take = step.coeff(H), step.coeff(sympy.Symbol("x", real=True))
    unknown = sympy.Symbol("unknown", real=True)
    (solution,) = sympy.solve(keep**2 * unknown + take**2 * variance - unknown, unknown)
    return sympy.factor(solution)


@claim(
    "buffer-radius-printed",
    source=Source("2502.06309", "section 5, after eq. (14)"),
    form="printed",
    statement="For a fixed P the buffer settles in a neighbourhood of P of radius O(β), a radius "
    "being meant in mean square: E(H − P)² ≤ βρ², ρ² the variance of the read noise.",
    latex=r"\mathbb{E}(H-P)^2 \le \beta\rho^2 = O(\beta)",
    hypotheses=_BUFFER,
    twins=(
        twin("O(β²), a radius O(β) as a length, constant 10", power=2, constant=100),
        twin("half the constant", constant=sympy.Rational(1, 2)),
    ),
    readings=(
        "radius in the metric, a mean of squares, as for the radius O(σ²S_K) after Theorem 3: "
        "holds",
        "radius as a length, the root mean square: O(√β) and no better, see buffer-variance",
        "bounded noise, largest |H − P|: does not shrink with β at all",
    ),
)
def buffer_radius_printed(run: Run, power: int = 1, constant: Expr = sympy.S.One) -> Evidence:
    """The stationary variance of the moving average against β."""
    bound = le(_buffer_variance() * (2 - beta), constant * variance * beta**power * (2 - beta))
    outcome = prove_polynomial(bound, facts_of(_BUFFER))
    return conclude(lemma(f"E(H − P)² ≤ {constant}·ρ²β^{power}", outcome))


@claim(
    "buffer-variance",
    source=derived("eq. (14) at a fixed P", "2502.06309"),
    form="derived",
    statement="For a fixed P and read noise of variance ρ² the buffer settles around P with "
    "E(H − P)² = βρ²/(2 − β), between βρ²/2 and βρ²: as a length within O(√β), and no better.",
    latex=r"\frac{\beta\rho^2}{2} \le \mathbb{E}(H-P)^2 = \frac{\beta\rho^2}{2-\beta}"
    r" \le \beta\rho^2",
    hypotheses=_BUFFER,
    twins=(
        twin("β² for β: O(β) as a length", claimed=beta**2 * variance / (2 - beta)),
        twin("TT-v2, no decay: H⁺ = H + βx", claimed=beta * variance),
    ),
)
def buffer_variance(run: Run, claimed: Expr = beta * variance / (2 - beta)) -> Evidence:
    """The variance equation of the step (14), solved."""
    found, given = _buffer_variance(), facts_of(_BUFFER)
    point = {"beta": "1/2", "variance": 1}
    small = prove_by_terms(
        le(found * (2 - beta), beta * variance * (2 - beta)),
        given,
        [(1, 1, (gt(beta), ge(variance), le(beta, 1)))],
    )
    large = prove_by_terms(
        ge(2 * found * (2 - beta), beta * variance * (2 - beta)),
        given,
        [(1, beta, (ge(variance),))],
    )
    return conclude(
        lemma("E(H − P)² = βρ²/(2 − β)", prove_identity(found, claimed, points=[point])),
        lemma("≤ βρ²", small),
        lemma("≥ βρ²/2", large),
        value="βρ²/(2 − β)",
    )


_DECAY = sympy.Symbol("x", real=True)  # ακ
_FILTER = (
    hypothesis(
        "W held fixed: P⁺ = (1 − ακ)P + noise, x = ακ ∈ (0, 1], and no read noise",
        *(gt(_DECAY), le(_DECAY, 1)),
    ),
    hypothesis("0 < β ≤ 1", gt(beta), le(beta, 1)),
)


@claim(
    "buffer-reduces-fluctuation",
    source=derived("eqs. (10), (14) linearised at rest; theory notes 4.3, H6", "2502.06309"),
    form="derived",
    statement="The buffer reduces the fluctuation of the residual around a fixed weight: "
    "Var H/Var P = β/(β + ακ) up to a relative error of at most ακ.",
    latex=r"\frac{\operatorname{Var}H}{\operatorname{Var}P} = \frac{\beta}{\beta+\alpha\kappa}"
    r"\,(1+\delta), \quad |\delta| \le \alpha\kappa",
    hypotheses=_FILTER,
    twins=(
        twin("the square: β²/(β + ακ)²", claimed=(beta / (beta + _DECAY)) ** 2),
        twin("β/(2β + ακ)", claimed=beta / (2 * beta + _DECAY)),
        twin("(1 − ακ/4)β/(β + ακ)", claimed=(1 - _DECAY / 4) * beta / (beta + _DECAY)),
    ),
)
def buffer_reduces_fluctuation(run: Run, claimed: Expr = beta / (beta + _DECAY)) -> Evidence:
    """Stationary covariances of (P, H): linear equations, solved; δ bounded on both sides."""
    a, given = 1 - _DECAY, facts_of(_FILTER)
    cross, square = sympy.symbols("cross square", real=True)
    # Var P = 1: E[HP] = (1 − β)·a·E[HP] + β, E[H²] = (1−β)²E[H²] + 2(1−β)βa·E[HP] + β²
    solved = sympy.solve(
        [
            (1 - beta) * a * cross + beta - cross,
            (1 - beta) ** 2 * square + 2 * (1 - beta) * beta * a * cross + beta**2 - square,
        ],
        [cross, square],
        dict=True,
    )[0]
    exact = sympy.factor(solved[square])
    room = (2 - beta) * (beta + _DECAY - beta * _DECAY)
    form = beta * (2 - beta - _DECAY + beta * _DECAY) / room
    top, bottom = sympy.fraction(sympy.together(claimed))
    level = room * top / beta
    above = ge((1 + _DECAY) * level - form * room * bottom / beta)
    below = ge(form * room * bottom / beta - (1 - _DECAY) * level)
    square, product = (1, _DECAY * (1 - beta), ()), (gt(_DECAY), gt(beta), le(beta, 1))
    terms_above = [(1, 1, product), (2, _DECAY, (le(beta, 1),)), square]
    terms_below = [(1, 1, product), (2, 1, (gt(_DECAY), gt(beta))), square]
    return conclude(
        lemma("Var H/Var P", prove_identity(exact, form, points=[{"beta": "1/2", "x": "1/2"}])),
        lemma("δ ≤ ακ", prove_by_terms(_expanded(above), given, terms_above)),
        lemma("δ ≥ −ακ", prove_by_terms(_expanded(below), given, terms_below)),
        value="β/(β + ακ)",
    )


def _expanded(fact: Fact) -> Fact:
    """The fact as a polynomial: β has been cancelled."""
    return Fact(sympy.expand(sympy.cancel(fact.expression)), fact.relation)
