"""Zero-shifting with alternating pulses: the exact two-cycle, the count, the spread.

Problem: up and down pulses in turn on a device with q₊ = (1 + c)(1 − w/τ),
q₋ = (1 − c)(1 + w/τ) (zero-shifting as H. Kim et al. proposed it in 2019; arXiv:2602.21321
Algorithm 1 has random signs; theory notes 2.2). With pulse size Δ, symmetric point cτ,
y = w − cτ and A = 1 − c²,

    up: y⁺ = (1 − κ₊)y + AΔ,   down: y⁺ = (1 − κ₋)y − AΔ,   κ± = (1 ± c)Δ/τ.

A pair of pulses is one affine contraction, so that everything is exact: the two-cycle, the number
of pulses, and the stationary variance under cycle-to-cycle noise, additive (of deviation s·Δ) or
multiplicative (of deviation s times the step). The notes have the leading orders for c = 0.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

import sympy

from analogtheory.algorithms.symbols import W
from analogtheory.algorithms.symbols import alpha as pulse_size
from analogtheory.claims import (
    Evidence,
    Run,
    Settled,
    claim,
    conclude,
    derived,
    facts_of,
    holds_exactly,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.dynamics import Dynamics, Pulse
from analogtheory.objectives import ScalarQuadratic
from analogtheory.proofs.general_device import linear_device, plain, tau
from analogtheory.prove import gt, lt, prove_by_terms, prove_identity

Expr: TypeAlias = sympy.Expr

PAPER = "2602.21321"
c, dw, w, y, s, v = sympy.symbols("c dw w y s v", real=True)
A = 1 - c**2
kappa_up, kappa_down = (1 + c) * dw / tau, (1 - c) * dw / tau

_DEVICE = (
    hypothesis("linear response with |c| < 1, τ > 0", gt(tau), gt(1 - c), gt(1 + c)),
    hypothesis("0 < Δ, (1 + |c|)Δ < τ", gt(dw), gt(tau - (1 + c) * dw), gt(tau - (1 - c) * dw)),
)
#: A device and a pulse where twins are shown to be wrong.
_POINT = {"c": "1/2", "tau": 1, "dw": "1/10", "w": 0, "y": 0}


def _dynamics() -> Dynamics:
    """One pair of pulses, up then down, as a program."""
    device = linear_device("W", c)
    return Dynamics(
        "Cyclic zero-shifting",
        states=(W,),
        draws=(),
        steps=(Pulse(W, pulse_size, device), Pulse(W, -pulse_size, device)),
        objective=ScalarQuadratic(1, 0),
        parameters={pulse_size: 1},
        weight=W,
        source="arXiv:2602.21321 Algorithm 1, signs in turn",
    )


def pulse(sign: int, weight: Expr) -> Expr:
    """w⁺ after a pulse of the program, up (1) or down (−1)."""
    up, down = _dynamics().steps
    step = up if sign > 0 else down
    assert isinstance(step, Pulse)
    change = step.change.subs(pulse_size, dw)
    moves = change * step.response.F.expr - sign * change * step.response.G.expr
    (place,) = (symbol for symbol in moves.free_symbols if symbol.name == "w")
    return weight + plain(moves).subs(plain(place), weight)


def pair(weight: Expr) -> Expr:
    """w⁺ after an up and a down pulse."""
    return pulse(-1, pulse(1, weight))


#: y before an up pulse and after it, on the two-cycle; c = 0 gives ∓Δ/(2 − Δ/τ).
_BOTTOM = -A * dw * (1 - c) / (2 - A * dw / tau)
_TOP = A * dw * (1 + c) / (2 - A * dw / tau)


@claim(
    "zero-shifting-two-cycle",
    source=derived("alternating pulses on the linear device; theory notes 2.2", PAPER),
    form="derived",
    statement="Alternating pulses on the linear device lead to a two-cycle around the symmetric "
    "point cτ: w − cτ = −AΔ(1 − c)/(2 − AΔ/τ) after a down pulse, AΔ(1 + c)/(2 − AΔ/τ) after an "
    "up pulse, A = 1 − c². A pair of pulses contracts the distance to it by "
    "(1 − (1+c)Δ/τ)(1 − (1−c)Δ/τ). For c = 0 the ripple is ±Δ/(2 − Δ/τ).",
    latex=r"y_\pm = \pm \frac{(1-c^2)(1 \pm c)\,\Delta}{2 - (1-c^2)\Delta/\tau}, \quad"
    r" y_{2k} - y_- = \Big(1-\tfrac{(1+c)\Delta}{\tau}\Big)^k\Big(1-\tfrac{(1-c)\Delta}{\tau}"
    r"\Big)^k (y_0 - y_-)",
    hypotheses=_DEVICE,
    twins=(
        twin("the ripple ±Δ/2", bottom=-dw / 2, top=dw / 2),
        twin("the same size on both sides", bottom=-A * dw / (2 - A * dw / tau)),
        twin("Δ/τ a pulse, whatever c", factor=(1 - dw / tau) ** 2),
    ),
)
def two_cycle(
    run: Run,
    bottom: Expr = _BOTTOM,
    top: Expr = _TOP,
    factor: Expr = (1 - kappa_up) * (1 - kappa_down),
) -> Evidence:
    """The pulses of the program; three identities."""
    given, goal = facts_of(_DEVICE), c * tau
    room_up, room_down = tau - (1 + c) * dw, tau - (1 - c) * dw
    rooms = (gt(room_up), gt(room_down))
    after = pair(goal + y) - goal
    return conclude(
        lemma("up: y₋ ↦ y₊", prove_identity(pulse(1, goal + bottom) - goal, top, points=[_POINT])),
        lemma(
            "down: y₊ ↦ y₋", prove_identity(pulse(-1, goal + top) - goal, bottom, points=[_POINT])
        ),
        lemma(
            "a pair contracts",
            prove_identity(after - bottom, factor * (y - bottom), points=[_POINT]),
        ),
        lemma(
            "by a factor in (0, 1)",
            prove_by_terms(gt(room_up * room_down), given, [(1, 1, rooms)]),
        ),
        lemma(
            "and below 1",
            prove_by_terms(
                gt(tau**2 - room_up * room_down),
                given,
                [
                    (1, 1, (gt(tau), gt(dw), gt(1 + c))),
                    (1, 1, (gt(dw), gt(1 - c), rooms[0])),
                ],
            ),
        ),
        value="±Δ/(2 − Δ/τ) for c = 0",
    )


# ------------------------------------------------------------------ the number of pulses

#: Δ for τ = 1, the first pulse after which w ≤ 1/20 from w = 9/10.
_COUNTS = (("1/10", 22), ("1/50", 136), ("1/500", 1436))


@claim(
    "zero-shifting-pulse-count",
    source=derived("zero-shifting-two-cycle for c = 0; theory notes 2.2", PAPER),
    form="derived",
    statement="Alternating pulses bring a weight of the linear device (c = 0) from w_0 to at most "
    "x, 0 ≤ x < w_0, after the least even number of pulses N with "
    "ρᴺ ≤ (x + Δ/(1 + ρ))/(w_0 + Δ/(1 + ρ)), ρ = 1 − Δ/τ: 22, 136, 1436 from 0.9τ to 0.05τ at "
    "Δ/τ = 1/10, 1/50, 1/500; ln f/(−ln ρ), f = 18, which leaves the ripple out, says 28, 144, "
    "1444, rounded up.",
    latex=r"N = 2\left\lceil \frac{1}{2}\,\ln\frac{w_0 + \Delta/(1+\rho)}{x + \Delta/(1+\rho)}"
    r"\Big/ (-\ln\rho) \right\rceil",
    hypotheses=(
        hypothesis("linear response with c = 0, 0 < Δ < τ; 0 ≤ x < w_0 < τ; up pulse first"),
    ),
    twins=(
        twin("ln f/(−ln ρ) pulses", counts=(("1/10", 28), ("1/50", 144), ("1/500", 1444))),
        twin("a ripple of Δ in place of Δ/(1 + ρ)", ripple=2),
    ),
)
def pulse_count(
    run: Run, counts: tuple[tuple[str, int], ...] = _COUNTS, ripple: int = 1
) -> Evidence:
    """ρᴺ against the ratio in exact rational arithmetic, and one pair fewer."""
    start, goal = Fraction(9, 10), Fraction(1, 20)
    rho, bottom = 1 - dw / tau, -dw / (1 + (1 - dw / tau))
    steps: list[Settled] = [
        lemma(
            "y_{2k+2} − y₋ = ρ²(y_{2k} − y₋)",
            prove_identity(pair(y).subs(c, 0) - bottom, rho**2 * (y - bottom)),
        ),
        lemma(
            "an up pulse raises w < τ, so that even counts come first",
            prove_by_terms(
                gt((pulse(1, w).subs(c, 0) - w) * tau),
                [gt(tau), gt(dw), lt(w, tau)],
                [(1, 1, (gt(dw), lt(w, tau)))],
            ),
        ),
    ]
    for text, count in counts:
        size = Fraction(text)
        rate, offset = 1 - size, ripple * size / (2 - size)
        ratio = (goal + offset) / (start + offset)
        reached, before = rate**count <= ratio, rate ** (count - 2) <= ratio
        steps += [
            holds_exactly(f"Δ/τ = {text}: w ≤ 0.05τ after {count} pulses", reached, str(reached)),
            holds_exactly(f"Δ/τ = {text}: not two pulses earlier", not before, str(not before)),
        ]
    return conclude(*steps, value=counts[0][1])


# ------------------------------------------------------------------ cycle-to-cycle noise

rho, b = sympy.symbols("rho b", real=True)
_NOISE = (
    hypothesis("linear response with c = 0, 0 < Δ < τ (ρ = 1 − Δ/τ)", gt(rho), lt(rho, 1)),
    hypothesis("τ > 0, s > 0", gt(tau), gt(s)),
    hypothesis(
        "cycle-to-cycle noise of zero mean, independent from pulse to pulse; no clipping at ±τ"
    ),
)
_STEP = tau * (1 - rho)  # Δ
_ADDITIVE = s**2 * _STEP**2 / (1 - rho**2)


@claim(
    "zero-shifting-cycle-noise",
    source=derived("variance of the affine recursion; theory notes 2.2", PAPER),
    form="derived",
    statement="With additive cycle-to-cycle noise of deviation sΔ alternating pulses leave on the "
    "linear device (c = 0) exactly the variance s²Δτ/(2 − Δ/τ) around the two-cycle: the standard "
    "deviation is s√(Δτ/2) times (1 − Δ/(2τ))^{−1/2}. Noise of deviation s times the step itself "
    "leaves 4s²Δ²/((1+ρ)²(1 − ρ² − s²(1−ρ)²)), ρ = 1 − Δ/τ, finite exactly if "
    "s²(1 − ρ) < 1 + ρ.",
    latex=r"\operatorname{Var} w = \frac{s^2\Delta\tau}{2-\Delta/\tau}, \qquad"
    r" \operatorname{Var} w = \frac{4 s^2\Delta^2}{(1+\rho)^2(1-\rho^2-s^2(1-\rho)^2)}",
    hypotheses=_NOISE,
    twins=(
        twin("s²Δτ/2, the leading order", additive=s**2 * _STEP * tau / 2),
        twin("multiplicative noise leaves what additive noise does", mixed=_ADDITIVE),
        twin("a contraction of ρ in place of ρ² a pulse", decay=rho),
    ),
)
def cycle_noise(
    run: Run,
    additive: Expr = _ADDITIVE,
    mixed: Expr = 4 * s**2 * _STEP**2 / ((1 + rho) ** 2 * (1 - rho**2 - s**2 * (1 - rho) ** 2)),
    decay: Expr = rho**2,
) -> Evidence:
    """v = ρ²v + (noise of one pulse); the noise of a step is s²E(step)², taken on the cycle."""
    point = {"rho": "1/2", "tau": 1, "s": 1, "v": 1}
    bottom = -_STEP / (1 + rho)
    mean = _STEP * (1 - bottom / tau)  # of an up pulse from y₋; a down pulse mirrors it
    square = mean**2 + (_STEP / tau) ** 2 * v
    plain_noise = decay * additive + s**2 * _STEP**2
    own_noise = rho**2 * v + s**2 * square
    formula = s**2 * _STEP * tau / 2 / (1 - _STEP / (2 * tau))
    finite = (1 - rho**2 - s**2 * (1 - rho) ** 2) / (1 - rho)
    return conclude(
        lemma(
            "an up pulse from w: step Δ(1 − w/τ), so w⁺ = ρw + Δ",
            prove_identity(
                pulse(1, w).subs({c: 0, dw: _STEP}), rho * w + _STEP, points=[{**point, "w": 1}]
            ),
        ),
        lemma("additive: v = ρ²v + s²Δ²", prove_identity(plain_noise, additive, points=[point])),
        lemma("= s²(Δτ/2)/(1 − Δ/(2τ))", prove_identity(additive, formula, points=[point])),
        lemma(
            "multiplicative: v = ρ²v + s²E(step)²",
            prove_identity(own_noise.subs(v, mixed), mixed, points=[point]),
        ),
        lemma(
            "it contracts exactly if 1 + ρ > s²(1 − ρ)",
            prove_identity(finite, 1 + rho - s**2 * (1 - rho)),
        ),
        remark(
            "both pulses have the same ρ, and the mirror image of the mean: one equation for v. "
            "The mean follows the two-cycle whatever the noise"
        ),
        value="s²Δτ/(2 − Δ/τ)",
    )


@claim(
    "zero-shifting-cyclic-or-random",
    source=derived("second moments of both pulse sequences; theory notes 2.2", PAPER),
    form="derived",
    statement="On the linear device (c = 0) with additive cycle-to-cycle noise of deviation sΔ "
    "pulses of random sign leave E w² = (1 + s²)Δτ/(2 − Δ/τ), alternating pulses "
    "s²Δτ/(2 − Δ/τ) + Δ²/(2 − Δ/τ)², which is less by 2Δτ(1 − Δ/τ)/(2 − Δ/τ)²: random signs cost "
    "as much as noise with s = 1.",
    latex=r"\frac{(1+s^2)\Delta\tau}{2-\Delta/\tau} - \left(\frac{s^2\Delta\tau}{2-\Delta/\tau}"
    r" + \frac{\Delta^2}{(2-\Delta/\tau)^2}\right) = \frac{2\Delta\tau(1-\Delta/\tau)}"
    r"{(2-\Delta/\tau)^2} > 0",
    hypotheses=_NOISE,
    twins=(
        twin("the other way round", sign=-1),
        twin("no advantage beyond the ripple", gap=_STEP**2 / (1 + rho) ** 2),
    ),
)
def cyclic_or_random(
    run: Run,
    sign: int = 1,
    gap: Expr = 2 * _STEP * tau * rho / (1 + rho) ** 2,
) -> Evidence:
    """E w² = ρ²E w² + (1 + s²)Δ² for random signs, whose mean is 0; the difference."""
    at_random = (1 + s**2) * _STEP**2 / (1 - rho**2)
    alternating = _ADDITIVE + (_STEP / (1 + rho)) ** 2
    point = {"rho": "1/2", "tau": 1, "s": 1}
    images = [pulse(side, w).subs({c: 0, dw: _STEP}) for side in (1, -1)]
    square = sum((image**2 for image in images), sympy.S.Zero) / 2 + s**2 * _STEP**2
    less = gt(sign * 2 * _STEP * tau * rho)
    return conclude(
        lemma(
            "random signs: E[w⁺²|w] = ρ²w² + (1 + s²)Δ²",
            prove_identity(square, rho**2 * w**2 + (1 + s**2) * _STEP**2),
        ),
        lemma(
            "its stationary value",
            prove_identity(rho**2 * at_random + (1 + s**2) * _STEP**2, at_random),
        ),
        lemma("the difference", prove_identity(at_random - alternating, gap, points=[point])),
        lemma(
            "it is positive",
            prove_by_terms(
                less,
                facts_of(_NOISE),
                [(2, 1, (gt(tau), gt(tau), gt(rho), lt(rho, 1)))],
            ),
        ),
        value="2Δτ(1 − Δ/τ)/(2 − Δ/τ)²",
    )
