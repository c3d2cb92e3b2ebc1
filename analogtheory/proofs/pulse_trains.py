"""Pulse trains on the linear response: saturation, fast reset, and how many pulses it takes.

One pulse moves the weight by +Δw_min·q₊(w) or −Δw_min·q₋(w) (arXiv:2502.06309 eq. (26) without
cycle noise). For the linear response the map is affine, so n pulses have a closed form, proved
by induction: the base n = 0, and one more pulse. A = (1 − (1+c)Δw_min/τ)^n and
B = (1 − (1−c)Δw_min/τ)^n are opaque here; the step multiplies them by their base.
"""

from __future__ import annotations

import sympy

from analogtheory.claims import (
    Evidence,
    Run,
    Source,
    claim,
    conclude,
    derived,
    facts_of,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.proofs.response_formulas import ONE, Formulas, c, family, tau, w
from analogtheory.prove import ge, gt, le, prove_by_terms, prove_identity

#: Δw_min, A and B, |w|, |Δ|, the start w_0.
delta, A, B, distance, size, start = sympy.symbols("delta A B rho a w_0", real=True)
_RANGE = hypothesis("τ > 0", gt(tau))
_PULSE = hypothesis("0 < Δw_min < τ", gt(delta), gt(tau - delta))


def pulse(device: Formulas, weight: sympy.Expr, direction: int, step: sympy.Expr) -> sympy.Expr:
    """One pulse of size `step` up (+1) or down (−1) (2502.06309 eqs. (3), (26))."""
    q = device.up if direction > 0 else device.down
    return weight + direction * step * q.subs(w, weight)


_MOVE = (
    _RANGE,
    hypothesis("a > 0", gt(size)),
    hypothesis("0 < |w| < τ", gt(distance), gt(tau - distance)),
)


@claim(
    "saturation-and-fast-reset",
    source=Source("2406.12774", "section 2, saturation and fast reset", "recalled"),
    form="derived",
    statement="For the linear response with c = 0 a wanted change of size a moves a weight away "
    "from 0 by a(1 − |w|/τ) and towards 0 by a(1 + |w|/τ): outward steps are (τ+|w|)/(τ−|w|) > 1 "
    "times smaller, without limit as |w| → τ.",
    latex=r"\text{outward: } a\Bigl(1-\frac{|w|}{\tau}\Bigr),\qquad \text{inward: } a\Bigl(1+"
    r"\frac{|w|}{\tau}\Bigr)",
    hypotheses=_MOVE,
    twins=(
        twin("outward and inward exchanged", sign=-1),
        twin("c = 1/3", asymmetry=sympy.Rational(1, 3)),
        twin("at the symmetric point as well", drop="0 < |w|"),
    ),
)
def saturation_and_fast_reset(
    run: Run, sign: int = 1, asymmetry: sympy.Expr = sympy.Integer(0), drop: str = ""
) -> Evidence:
    """Four identities, both signs of w, and the sign of the difference."""
    device = family("linear").at(c=asymmetry)
    given = facts_of(_MOVE, drop=drop)
    steps = []
    for side, place in ((1, "w > 0"), (-1, "w < 0")):
        here = side * distance
        for towards, words in ((side, "outward"), (-side, "inward")):
            moved = side * pulse(device, here, towards, size) - distance
            closed = side * towards * size * (1 - sign * side * towards * distance / tau)
            steps.append(lemma(f"{place}, {words}", prove_identity(moved, closed, given=given)))
    inward, outward = 1 + distance / tau, 1 - distance / tau
    ratio = prove_identity(inward / outward, (tau + distance) / (tau - distance))
    larger = gt(sympy.expand(tau * size * (inward - outward)))
    return conclude(
        *steps,
        lemma("the ratio of the two", ratio),
        lemma(
            "inward − outward > 0 (times τ)", prove_by_terms(larger, given, [(2, 1, {1: 1, 2: 1})])
        ),
    )


@claim(
    "pulse-train-closed-form",
    source=derived("eq. (26) with σ_c = 0; theory notes 1.11", "2502.06309"),
    form="derived",
    statement="On the linear response n pulses without cycle noise give "
    "w_n = τ − (τ − w_0)(1 − (1+c)Δw_min/τ)^n up and w_n = −τ + (τ + w_0)(1 − (1−c)Δw_min/τ)^n "
    "down, for every n, c, w_0, Δw_min.",
    latex=r"w_n = \tau - (\tau-w_0)\Bigl(1-\frac{(1+c)\Delta w_{\min}}{\tau}\Bigr)^n,\qquad "
    r"w_n = -\tau + (\tau+w_0)\Bigl(1-\frac{(1-c)\Delta w_{\min}}{\tau}\Bigr)^n",
    hypotheses=(_RANGE, hypothesis("any c, w_0 and Δw_min; no cycle noise")),
    twins=(
        twin("the base 1 − Δw_min/τ whatever c", tilt=sympy.Integer(0)),
        twin("the power response with γ = 2", name="power"),
    ),
)
def pulse_train_closed_form(run: Run, tilt: sympy.Expr = ONE, name: str = "linear") -> Evidence:
    """Induction on n: A = 1 at n = 0, and one more pulse multiplies A by its base."""
    device = family(name).at(gamma_res=sympy.Integer(2))
    steps = []
    for direction, power, words in ((1, A, "up"), (-1, B, "down")):
        base = 1 - (1 + direction * tilt * c) * delta / tau
        closed = direction * (tau - (tau - direction * start) * power)
        then = closed.subs(power, base * power)
        moved = pulse(device, closed, direction, delta)
        steps.append(lemma(f"{words}: n = 0", prove_identity(closed.subs(power, 1), start)))
        steps.append(lemma(f"{words}: n to n + 1", prove_identity(moved, then, given=(gt(tau),))))
    return conclude(*steps)


_REACH = (
    _RANGE,
    hypothesis("0 < w < τ", gt(w), gt(tau - w)),
    hypothesis("0 < Δw_min < τ, so A = (1 − Δw_min/τ)^n > 0", gt(A)),
)


@claim(
    "pulses-to-reach-a-weight",
    source=derived("pulse-train-closed-form; theory notes 1.11"),
    form="derived",
    statement="On the linear response with c = 0 and without cycle noise n pulses up from 0 reach "
    "w in (0, τ) if and only if n ≥ ln(1−w/τ)/ln(1−Δw_min/τ), and τ itself is never reached; with "
    "Δw_min = τ/100 half the range takes exactly 69 pulses.",
    latex=r"w_n \ge w \iff n \ge \frac{\ln(1-w/\tau)}{\ln(1-\Delta w_{\min}/\tau)},\ w_n < \tau",
    hypotheses=_REACH,
    twins=(
        twin("68 pulses for half the range", pulses=68),
        twin("70 pulses for half the range", pulses=70),
        twin("τ is reached at some n", drop="A = "),
    ),
)
def pulses_to_reach_a_weight(run: Run, pulses: int = 69, drop: str = "") -> Evidence:
    """w_n − w = τ((1 − w/τ) − A); logarithms of numbers in (0, 1) reverse the quotient."""
    reached = tau - tau * A
    given = facts_of(_REACH, drop=drop)
    short = sympy.Rational(99, 100)
    arrived = ge(tau * (1 - short**pulses) - tau / 2)
    before = gt(tau / 2 - tau * (1 - short ** (pulses - 1)))
    margin = sympy.Rational(1, 2) - short**pulses
    earlier = short ** (pulses - 1) - sympy.Rational(1, 2)
    return conclude(
        lemma("w_n − w", prove_identity(reached - w, tau * ((1 - w / tau) - A))),
        lemma(
            "w_n < τ",
            prove_by_terms(gt(tau - reached), given, [(1, 1, {0: 1, 3: 1})]),
        ),
        lemma(
            f"Δw_min = τ/100: {pulses} pulses reach τ/2",
            prove_by_terms(arrived, (gt(tau),), [(margin, 1, {0: 1})]),
        ),
        lemma(
            f"Δw_min = τ/100: {pulses - 1} pulses do not",
            prove_by_terms(before, (gt(tau),), [(earlier, 1, {0: 1})]),
        ),
        remark("A ≤ 1 − w/τ if and only if n·ln(1−Δw_min/τ) ≤ ln(1−w/τ), both logarithms < 0"),
        value=pulses,
    )


_BACK = (
    _RANGE,
    hypothesis("0 < w ≤ τ", gt(w), ge(tau - w)),
)


@claim(
    "reset-takes-fewer-pulses",
    source=derived("pulse-train-closed-form; theory notes 1.11"),
    form="derived",
    statement="On the linear response with c = 0 and without cycle noise n pulses down from w in "
    "(0, τ] reach 0 if and only if B = (1−Δw_min/τ)^n ≤ τ/(τ+w), which is always weaker than the "
    "B ≤ 1 − w/τ needed to get from 0 to w; B ≤ 1/2 suffices from any w, whereas the pulses needed "
    "to reach w grow without bound as w → τ.",
    latex=r"w_n \le 0 \iff B \le \frac{\tau}{\tau+w},\qquad \frac{\tau}{\tau+w} > 1-\frac{w}{\tau},"
    r"\qquad \frac{\tau}{\tau+w} \ge \frac12",
    hypotheses=_BACK,
    twins=(
        twin("B ≤ 2/3 suffices from any w", enough=sympy.Rational(2, 3)),
        twin("weights of any sign", drop="0 < w"),
    ),
)
def reset_takes_fewer_pulses(
    run: Run, enough: sympy.Expr = sympy.Rational(1, 2), drop: str = ""
) -> Evidence:
    """τ/(τ+w) − (1 − w/τ) = w²/(τ(τ+w)), and (τ+w)/2 ≤ τ."""
    lowered = -tau + (tau + w) * B
    given = facts_of(_BACK, drop=drop)
    gap = tau / (tau + w) - (1 - w / tau)
    cleared, small = gt(sympy.cancel(gap * tau * (tau + w))), ge(enough - B)
    return conclude(
        lemma("w_n", prove_identity(lowered, (tau + w) * (B - tau / (tau + w)))),
        lemma(
            "τ/(τ+w) − (1 − w/τ) > 0 (times τ(τ+w))",
            prove_by_terms(cleared, given, [(1, 1, {1: 2})]),
        ),
        lemma(
            f"w_n ≤ 0 for B ≤ {enough}",
            prove_by_terms(
                le(lowered, 0),
                (*given, small),
                [(enough, 1, {2: 1}), (1, 1, {0: 1, 3: 1}), (1, 1, {1: 1, 3: 1})],
            ),
        ),
        remark("ln(1 − w/τ) → −∞ as w → τ"),
    )


_PAIR = (_RANGE, _PULSE)


@claim(
    "alternating-pulses-find-symmetric-point",
    source=derived("eq. (26) with σ_c = 0; zero-shifting", "2502.06309"),
    form="derived",
    statement="Pulses that alternate up and down on the linear response with c = 0 and "
    "Δw_min < τ contract to a two-cycle ±Δw_min/(2 − Δw_min/τ) around the symmetric point 0; the "
    "distance to it shrinks by (1 − Δw_min/τ)² < 1 a pair.",
    latex=r"w_{k+2} - w_\mp = \Bigl(1-\frac{\Delta w_{\min}}{\tau}\Bigr)^2 (w_k - w_\mp),\qquad "
    r"w_\mp = \mp\frac{\Delta w_{\min}}{2-\Delta w_{\min}/\tau}",
    hypotheses=_PAIR,
    twins=(
        twin("it ends exactly at 0", share=sympy.Integer(0)),
        twin("pulses of any size", drop="0 < Δw_min"),
        twin("around 0 for c = 1/3 too", asymmetry=sympy.Rational(1, 3)),
    ),
)
def alternating_pulses_find_symmetric_point(
    run: Run,
    share: sympy.Expr = ONE,
    drop: str = "",
    asymmetry: sympy.Expr = sympy.Integer(0),
) -> Evidence:
    """The affine two-pulse map, its fixed point, and its slope."""
    device = family("linear").at(c=asymmetry)
    given = facts_of(_PAIR, drop=drop)
    low = -share * delta / (2 - delta / tau)
    pair = pulse(device, pulse(device, w, 1, delta), -1, delta)
    slope = (1 - delta / tau) ** 2
    high = pulse(device, low, 1, delta)
    # τ² − (τ − Δw_min)² = Δw_min·τ + Δw_min(τ − Δw_min).
    shrinks = gt(sympy.expand(tau**2 * (1 - slope)))
    return conclude(
        lemma("w_{k+2}", prove_identity(pair - low, slope * (w - low), given=given)),
        lemma("one pulse up leads to the mirror point", prove_identity(high, -low, given=given)),
        lemma(
            "(1 − Δw_min/τ)² < 1 (times τ²)",
            prove_by_terms(shrinks, given, [(1, 1, {0: 1, 1: 1}), (1, 1, {1: 1, 2: 1})]),
        ),
    )
