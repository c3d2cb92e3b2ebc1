"""Zero-shifting: random up and down pulses drive a weight to its symmetric point.

arXiv:2602.21321, Algorithm 1 and Theorem 2.2: w⁺ = w + Δw_min·q₊ or w − Δw_min·q₋, each with
probability 1/2. With φ = ∫_{w⋄} G and G′ ≤ L_q,

    (1/N) Σ_{n<N} E‖G(W_n)‖² ≤ (φ(W_0) − inf φ)/(NΔw_min) + (L_q/2) q_max² Δw_min.

Proved here for one weight and every N (one step and the induction); for D weights the floor is D
times as large, which eqs. (23)–(25) leave out: as printed they are false. For the linear device
the first two moments close, so that the floor is known exactly: the bound is 4/(1 − c)² times it.
"""

from __future__ import annotations

import sympy

from analogtheory import responses
from analogtheory.algorithms.symbols import W, epsilon
from analogtheory.algorithms.symbols import alpha as step_size
from analogtheory.claims import (
    Evidence,
    Run,
    Source,
    at_most,
    claim,
    conclude,
    derived,
    facts_of,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.dynamics import Draw, Dynamics, Pulse
from analogtheory.noise import Rademacher
from analogtheory.objectives import ScalarQuadratic
from analogtheory.prove import (
    ge,
    gt,
    le,
    prove_by_terms,
    prove_expectation,
    prove_identity,
    prove_polynomial,
)
from analogtheory.responses.formulas import WEIGHT as w
from analogtheory.responses.formulas import parameter

PAPER = "2602.21321"
q_up, q_down, q_max, L_q, dw = sympy.symbols("q_up q_down q_max L_q dw", real=True)
tau, c = parameter("tau"), parameter("c")
G = (q_down - q_up) / 2

SETTING = (
    hypothesis("0 ≤ q± ≤ q_max", ge(q_up), ge(q_down), le(q_up, q_max), le(q_down, q_max)),
    hypothesis(
        "G′ ≤ L_q (Definition 2.1 says differentiable only; the proof uses L_q < ∞)", ge(L_q)
    ),
    hypothesis("Δw_min > 0, up and down pulses equally likely", gt(dw)),
    hypothesis("φ = ∫_{w⋄} G is bounded below (0 where G increases)"),
)


@claim(
    "zero-shifting-bound-printed",
    source=Source(PAPER, "proof of Theorem 2.2, eqs. (23)–(25)"),
    form="printed",
    statement="For W in ℝ^D the random pulses of zero-shifting have (1/N)Σ_{n<N} E‖G(W_n)‖² ≤ "
    "(φ(W_0) − φ*)/(NΔw_min) + (L_q/2)q_max²Δw_min, with the norm over all D coordinates and the "
    "constants q_max of Definition 2.1 and L_q = max G′.",
    latex=r"\frac1N\sum_{n<N}\mathbb{E}\|G(W_n)\|^2 \le \frac{\varphi(W_0)-\varphi^*}{N\Delta "
    r"w_{\min}} + \frac{L_q}{2} q_{\max}^2 \Delta w_{\min}",
    hypotheses=(
        hypothesis(
            "as printed; instance q± = 1 ∓ w/(2√(1 + w²)) in each of D = 10 coordinates, so "
            "1/2 < q± < 3/2, w⋄ = 0, G′ ≤ 1/2; W_0 = 0, Δw_min = 1, N = 2"
        ),
    ),
    expected="refuted",
    repaired_by="zero-shifting-bound",
    consequence="the floor of Theorem 2.2 is D times as large: (23) bounds E‖εF − |ε|G‖² by "
    "Δw_min²q_max², which is right for one coordinate. Its Θ(Δw_min) then hides D, and so does the "
    "number of pulses of Corollary 3.9",
    readings=(
        "one weight, D = 1: holds, the twin and claim zero-shifting-bound",
        "‖·‖² as the mean over the coordinates, φ likewise: holds, the same claim",
        "q_max as a bound of the norm of the whole vector Q±: holds, but Definition 2.1 bounds "
        "each response function",
        "Theorem 2.2 itself, with O(·) and Θ(·): holds if they may depend on D",
    ),
    twins=(twin("one coordinate, D = 1", dimension=1),),
)
def zero_shifting_bound_printed(run: Run, dimension: int = 10) -> Evidence:
    """W_0 = 0 has φ = G = 0 and q± = 1, so that every coordinate of W_1 is ±1: G² = 1/8."""
    x = sympy.Symbol("x", real=True)
    asymmetric = x / (2 * sympy.sqrt(1 + x**2))
    square = sympy.Rational(1, 2) * dimension * (asymmetric**2).subs(x, 1)
    floor = sympy.Rational(1, 2) / 2 * sympy.Rational(3, 2) ** 2
    return conclude(
        lemma("G² < 1/4, so 1/2 < q± < 3/2", prove_polynomial(gt(1 + x**2, x**2))),
        lemma(
            "G′² ≤ 1/4: (1 + x²)³ ≥ 1",
            prove_polynomial(ge((1 + x**2) ** 3, 1), squares=[x, x**2, x**3]),
        ),
        lemma(
            "G′² = 1/(4(1 + x²)³)",
            prove_identity(
                sympy.cancel(sympy.simplify(asymmetric.diff(x) ** 2) * 4 * (1 + x**2) ** 3), 1
            ),
        ),
        at_most("(E‖G(W_0)‖² + E‖G(W_1)‖²)/2, against (L_q/2)q_max²Δw_min", square, floor),
    )


@claim(
    "zero-shifting-bound",
    source=derived("Theorem 2.2 and its proof, eqs. (22)–(25), for one weight", PAPER),
    form="repaired",
    statement="For one weight and N random pulses of size Δw_min, (1/N)Σ_{n<N} E G(w_n)² ≤ "
    "(φ(w_0) − inf φ)/(NΔw_min) + (L_q/2)q_max²Δw_min with φ = ∫_{w⋄} G; for D weights the sum "
    "over the coordinates has D(L_q/2)q_max²Δw_min.",
    latex=r"\frac1N\sum_{n<N}\mathbb{E}\,\|G(W_n)\|^2 \le \frac{\varphi(W_0)-\varphi^*}{N\Delta "
    r"w_{\min}} + D\,\frac{L_q}{2} q_{\max}^2 \Delta w_{\min}",
    hypotheses=SETTING,
    twins=(
        twin("L_q/4 in place of L_q/2", half=sympy.Rational(1, 4)),
        twin("q± may exceed q_max", drop="q± ≤ q_max"),
        twin("F in place of G in the decrease", drift=(q_down + q_up) / 2),
    ),
)
def zero_shifting_bound(
    run: Run,
    half: sympy.Expr = sympy.Rational(1, 2),
    drift: sympy.Expr = G,
    drop: str = "",
) -> Evidence:
    """E of the smoothness inequality for φ over the two pulses, then induction over N."""
    given = facts_of(SETTING, drop=drop)
    moves = (dw * q_up, -dw * q_down)
    first = sum(moves, sympy.S.Zero) / 2
    second = sum((move**2 for move in moves), sympy.S.Zero) / 2
    total, start, now, after, count, size, cost = sympy.symbols(
        "total start now after count size cost", real=True
    )
    so_far = le(dw * total, start - now + count * cost)
    one_more = le(after, now - dw * size + cost)
    quarter = sympy.Rational(1, 4)
    below = {le(q, q_max): q for q in (q_up, q_down)}
    terms = []
    for fact, q in below.items():  # q_max² − q² = (q_max − q)² + 2q(q_max − q)
        terms.append((quarter, dw * (q_max - q), {ge(L_q): 1}))
        terms.append((quarter * 2, dw, {ge(L_q): 1, fact: 1, ge(q): 1}))
    return conclude(
        lemma("E⟨G, w⁺ − w⟩ = −Δw_min·G²", prove_identity(G * first, -dw * drift**2)),
        lemma(
            "(L_q/2)E(w⁺ − w)² ≤ (L_q/2)Δw_min²q_max²",
            prove_by_terms(le(L_q * second / 2, half * L_q * dw**2 * q_max**2), given, terms),
        ),
        remark(
            "so E φ(w_{n+1}) ≤ E φ(w_n) − Δw_min·E G² + (L_q/2)Δw_min²q_max²; with D coordinates "
            "this is added D times"
        ),
        lemma(
            "induction: Δw_min·Σ_{n<N} ≤ φ_0 − φ_N + N·cost for N + 1",
            prove_polynomial(
                le(dw * (total + size), start - after + (count + 1) * cost),
                [so_far, one_more],
                degree=1,
            ),
        ),
        value="(L_q/2)q_max²Δw_min",
    )


# ------------------------------------------------------------------ the linear device, exactly


def _pulses() -> tuple[sympy.Expr, sympy.Expr]:
    """w⁺ after an up and a down pulse of the linear device."""
    device = responses.get("linear")
    return w + dw * device.general_up, w - dw * device.general_down


def zero_shifting(c_value: float, tau_value: float, size: float) -> Dynamics:
    """Algorithm 1 of arXiv:2602.21321 as a program: one pulse of size ±Δw_min an iteration."""
    return Dynamics(
        "Zero-shifting",
        states=(W,),
        draws=(Draw(epsilon, Rademacher(1.0)),),
        steps=(Pulse(W, step_size * epsilon, responses.get("linear", c=c_value, tau=tau_value)),),
        objective=ScalarQuadratic(1, 0),
        parameters={step_size: size},
        weight=W,
        source="arXiv:2602.21321 Algorithm 1",
    )


MOMENTS = (
    hypothesis(
        "linear response with |c| < 1; up and down pulses equally likely",
        gt(tau),
        gt(1 - c),
        gt(1 + c),
    ),
    hypothesis("Δw_min > 0", gt(dw)),
)


@claim(
    "zero-shifting-moments",
    source=derived("Algorithm 1 on the linear device", PAPER),
    form="derived",
    statement="On the linear device y = w − cτ satisfies E y_N = (1 − Δw_min/τ)^N y_0 exactly, and "
    "E[y⁺²|y] = ((1 − Δ/τ)² + c²Δ²/τ²)y² − 2cA(Δ²/τ)y + Δ²A², Δ = Δw_min, A = 1 − c²: the mean "
    "reaches the symmetric point at a rate set by τ/Δw_min, the variance does not vanish.",
    latex=r"\mathbb{E}\, y_N = (1 - \Delta w_{\min}/\tau)^N y_0, \quad y = w - c\tau",
    hypotheses=MOMENTS,
    twins=(
        twin("the rate (1 − c²)Δw_min/τ", rate=1 - c**2),
        twin("the noise without the factor A²", floor=sympy.S.One),
    ),
)
def zero_shifting_moments(
    run: Run, rate: sympy.Expr = sympy.S.One, floor: sympy.Expr = (1 - c**2) ** 2
) -> Evidence:
    """Two identities."""
    given = facts_of(MOMENTS)
    y, A = w - c * tau, 1 - c**2
    images = [image - c * tau for image in _pulses()]
    mean = sum(images, sympy.S.Zero) / 2
    square = sum((image**2 for image in images), sympy.S.Zero) / 2
    growth = (1 - dw / tau) ** 2 + c**2 * dw**2 / tau**2
    expected = growth * y**2 - 2 * c * A * dw**2 / tau * y + dw**2 * floor
    return conclude(
        lemma(
            "E[y⁺|y] = (1 − Δw_min/τ)y",
            prove_identity(mean, (1 - rate * dw / tau) * y, given=given),
        ),
        lemma("E[y⁺²|y]", prove_identity(square, expected, given=given)),
        value="1 − Δw_min/τ",
    )


@claim(
    "zero-shifting-stationary-error",
    source=derived("zero-shifting-moments in stationarity", PAPER),
    form="derived",
    statement="The stationary error of zero-shifting on one weight of the linear device is exactly "
    "E_π G² = Δw_min(1 − c²)²/(2τ − (1 + c²)Δw_min) = Δw_min(1 − c²)²/(2τ)·(1 + O(Δw_min)); for "
    "c ≥ 0 the floor (L_q/2)q_max²Δw_min of Theorem 2.2 is 4/(1 − c)² times the leading term.",
    latex=r"\mathbb{E}_\pi G^2 = \frac{\Delta w_{\min} (1-c^2)^2}{2\tau - (1+c^2)\Delta w_{\min}}",
    hypotheses=(
        hypothesis("linear response, |c| < 1, Δw_min(1 + |c|) ≤ τ, so that |w| ≤ τ is kept"),
    ),
    twins=(
        twin("(1 − c²) without the square", power=1),
        twin("the leading term as the exact value", correction=0),
    ),
)
def zero_shifting_stationary_error(run: Run, power: int = 2, correction: int = 1) -> Evidence:
    """E y = 0, then E y² solves a linear equation."""
    V = sympy.Symbol("V", real=True)
    A = 1 - c**2
    error = dw * A**power / (2 * tau - correction * (1 + c**2) * dw)
    growth = (1 - dw / tau) ** 2 + c**2 * dw**2 / tau**2
    fixed = (growth * V + dw**2 * A**2).subs(V, tau**2 * error)
    device = responses.get("linear")
    asymmetry = (device.general_down - device.general_up) / 2
    floor = (1 / tau) / 2 * (2 * (1 + c)) ** 2 * dw
    return conclude(
        lemma("G = y/τ", prove_identity(asymmetry, (w - c * tau) / tau)),
        remark("E_π y = 0 by zero-shifting-moments, so the term in y drops out of E[y⁺²|y]"),
        lemma("E y² = τ²E_π G² is stationary", prove_identity(fixed, tau**2 * error)),
        lemma(
            "(L_q/2)q_max²Δw_min = 4/(1 − c)²·Δw_min(1 − c²)²/(2τ), L_q = 1/τ, q_max = 2(1 + c)",
            prove_identity(floor, 4 / (1 - c) ** 2 * dw * A**2 / (2 * tau)),
        ),
        value=error.subs({c: sympy.Rational(3, 10), tau: 1, dw: sympy.Rational(1, 100)}),
    )


@claim(
    "zero-shifting-certificates",
    source=derived("Poisson certificates for E_π G²", PAPER),
    form="derived",
    statement="On one weight of the linear device with c = 0.3, τ = 1 the stationary E G² of "
    "zero-shifting is 8281/1989100 (4.163e-3) at Δw_min = 1e-2 and 8281/19989100 (4.143e-4) at "
    "Δw_min = 1e-3, by exact certificates that do not use zero-shifting-moments.",
    latex=r"\mathbb{E}_\pi G^2 = \frac{8281}{1989100} \text{ at } \Delta w_{\min} = 10^{-2}",
    hypotheses=(hypothesis("linear response with c = 0.3, τ = 1"),),
    twins=(
        twin("the leading term Δw_min(1 − c²)²/(2τ)", correction=0),
        twin("twice the value", factor=2),
    ),
)
def zero_shifting_certificates(run: Run, correction: int = 1, factor: int = 1) -> Evidence:
    """E_π(w − 0.3)² of the program itself."""
    steps, values = [], []
    for size in ("1/100", "1/1000"):
        step, bias = sympy.Rational(size), sympy.Rational(3, 10)
        value = factor * step * (1 - bias**2) ** 2 / (2 - correction * (1 + bias**2) * step)
        dynamics = zero_shifting(0.3, 1.0, float(step))
        outcome = prove_expectation(dynamics, (W - bias) ** 2, equals=value)
        steps.append(lemma(f"Δw_min = {size}: E_π G² = {value}", outcome))
        values.append(value)
    return conclude(*steps, value=values[0])


# ------------------------------------------------------------------ the moving average


@claim(
    "low-pass-response",
    source=Source(PAPER, "Lemma 3.10, eq. (16)"),
    form="printed",
    statement="The moving average Q⁺ = (1 − η)Q + ηP has |H(e^{jω})|² = η²/(1 + (1 − η)² − "
    "2(1 − η)cos ω), which falls from 1 at ω = 0 to (η/(2 − η))² at ω = π.",
    latex=r"|H(e^{j\omega})|^2 = \frac{\eta^2}{1 + (1-\eta)^2 - 2(1-\eta)\cos\omega}",
    hypotheses=(hypothesis("0 < η < 1"),),
    twins=(
        twin("a plus sign before 2(1 − η)cos ω", sign=1),
        twin("η in place of η²", power=1),
    ),
)
def low_pass_response(run: Run, sign: int = -1, power: int = 2) -> Evidence:
    """cos ω and sin ω in the half-angle t; |1 − (1 − η)e^{−jω}|² from its two parts."""
    eta, t = sympy.symbols("eta t", real=True)
    cosine, sine = (1 - t**2) / (1 + t**2), 2 * t / (1 + t**2)
    size = (1 - (1 - eta) * cosine) ** 2 + ((1 - eta) * sine) ** 2
    C = sympy.Symbol("C", real=True)
    printed = eta**power / (1 + (1 - eta) ** 2 + sign * 2 * (1 - eta) * C)
    lower, upper = sympy.symbols("C_low C_high", real=True)
    order = [gt(eta), gt(1 - eta), le(lower, upper)]
    denominators = [(1 + (1 - eta) ** 2 + sign * 2 * (1 - eta) * x) for x in (lower, upper)]
    return conclude(
        lemma("(16)", prove_identity(eta**2 / size, printed.subs(C, cosine), given=order[:2])),
        lemma("1 at ω = 0", prove_identity(printed.subs(C, 1), 1)),
        lemma("(η/(2 − η))² at ω = π", prove_identity(printed.subs(C, -1), (eta / (2 - eta)) ** 2)),
        lemma(
            "the denominator falls with cos ω",
            prove_by_terms(
                ge(denominators[0], denominators[1]),
                order,
                [(2, 1, {gt(1 - eta): 1, le(lower, upper): 1})],
            ),
        ),
        value="η/(2 − η) at ω = π",
    )
