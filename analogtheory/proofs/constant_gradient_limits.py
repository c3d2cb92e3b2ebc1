"""The gains of choppers between their exact form and the limit of many small updates.

With R^N = e^{−2h} the regular chopper's gain is 1 − (2/N)·tanh(h)/(e^{2h/N} − 1)
(:mod:`analogtheory.proofs.constant_gradient_gains`), its limit for N → ∞ is 1 − tanh(h)/h,
h = κ|g|T/2, T = αn_sN for phases of N reads, n_s updates a read, rate α (theory notes of the family
5.3). Proved here: the distance of the two, bounds of the limit by rational functions of h, and
what is left of the signal on a symmetric device, κ = 0, where the limit is 0 and the exact gain is
not.

Inequalities with sinh and cosh are integrated from 0: a function that vanishes at 0 together with
a derivative that is ≥ 0 is ≥ 0. The derivatives are identities; the polynomial steps carry
certificates.
"""

from __future__ import annotations

from typing import TypeAlias

import sympy

from analogtheory.algorithms.chopped import A
from analogtheory.claims import (
    Evidence,
    Run,
    Settled,
    claim,
    conclude,
    derived,
    facts_of,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.proofs.constant_gradient_setting import delta, fast_step, kappa, with_chopper
from analogtheory.prove import (
    Outcome,
    eq,
    ge,
    gt,
    prove_by_terms,
    prove_identity,
    prove_polynomial,
)

Expr: TypeAlias = sympy.Expr

h, x, N, j = sympy.symbols("h x N j", real=True)
#: sinh h and cosh h; e^x or e^{2h}; tanh h.
sinh_h, cosh_h, E, t = sympy.symbols("sinh_h cosh_h E t", real=True)

_SOURCE = "arXiv:2303.04721 Fig. 3 in formulas; theory notes of the family 5.3"


def derivative(expression: Expr) -> Expr:
    """d/dh of a polynomial in h, sinh h and cosh h."""
    return (
        sympy.diff(expression, h)
        + sympy.diff(expression, sinh_h) * cosh_h
        + sympy.diff(expression, cosh_h) * sinh_h
    )


def at_zero(words: str, expression: Expr) -> Settled:
    """The expression vanishes at h = 0, where sinh h = 0 and cosh h = 1."""
    return lemma(f"{words} at 0", prove_identity(expression.subs({h: 0, sinh_h: 0, cosh_h: 1}), 0))


_DISTANCE = (
    hypothesis("h > 0, N ≥ 1, x = 2h/N", gt(x), gt(N), ge(N, 1)),
    hypothesis("E = e^x > 1 + x + x²/2", gt(E - 1 - x - x**2 / 2), gt(E - 1 - x), gt(E - 1), gt(E)),
    hypothesis("t = tanh h > 0", gt(t)),
)


@claim(
    "chopper-gain-distance-to-limit",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="With R^N = e^{−2h} the exact gain of the regular chopper lies above its limit "
    "1 − tanh(h)/h, by less than tanh(h)/N: for every h > 0 and every number N ≥ 1 of reads a "
    "phase.",
    latex=r"0 < \Big(1-\frac{2}{N}\frac{\tanh h}{e^{2h/N}-1}\Big) - \Big(1-\frac{\tanh h}{h}\Big)"
    r" < \frac{\tanh h}{N}",
    hypotheses=_DISTANCE,
    twins=(
        twin("within tanh(h)/(2N)", room=sympy.Rational(1, 2)),
        twin("the exact gain lies below the limit", side=-1),
    ),
)
def chopper_gain_distance_to_limit(run: Run, room: Expr = sympy.S.One, side: int = 1) -> Evidence:
    """The distance is (2t/N)(1/x − 1/(e^x − 1)); 0 < 1/x − 1/(e^x − 1) < 1/2 for x > 0."""
    given = facts_of(_DISTANCE)
    distance = 2 * t / N * (1 / x - 1 / (E - 1))
    exact, limit = 1 - 2 / N * t / (E - 1), 1 - t / (N * x / 2)
    below = [gt(x), gt(N), gt(E - 1)]
    # φ = x − (1 − x/2)(e^x − 1): φ(0) = φ′(0) = 0, φ″ = xe^x/2
    phi = x - (1 - x / 2) * (sympy.exp(x) - 1)
    phi_E = gt(phi.subs(sympy.exp(x), E))
    second = sympy.expand(sympy.diff(phi, x, 2)).subs(sympy.exp(x), E)
    # e^½ lies in (13/8, 5/3), by 1 + x + x²/2 and by φ; N = 1, h = 1/4
    point = {"x": "1/2", "E": "16251/10000", "N": 1, "t": "49/200"}
    return conclude(
        lemma("exact − limit, h = Nx/2", prove_identity(exact - limit, distance)),
        lemma(
            "it is > 0",
            prove_by_terms(
                gt(side * distance),
                given,
                [(2, 1, (gt(t), gt(E - 1 - x)))],
                multiplier=below,
                points=[point],
            ),
        ),
        lemma("φ(0) = 0", prove_identity(phi.subs(x, 0), 0)),
        lemma("φ′(0) = 0", prove_identity(sympy.diff(phi, x).subs(x, 0), 0)),
        lemma("φ″ > 0", prove_by_terms(gt(second), given, [("1/2", 1, (gt(x), gt(E)))])),
        remark("integrated twice: φ > 0 for x > 0"),
        lemma(
            "which is 1/x − 1/(e^x − 1) < 1/2",
            prove_by_terms(
                gt(room * t / N - distance),
                (*given, phi_E),
                [(2, 1, (gt(t), phi_E)), (room - 1, 1, (gt(t), gt(x), gt(E - 1)))],
                multiplier=below,
                points=[point],
            ),
        ),
        value="tanh(h)/N",
    )


_HYPERBOLIC = (
    hypothesis("h = κ|g|T/2 > 0, T = αn_sN, κ > 0", gt(h), gt(kappa)),
    hypothesis("sinh h > 0, cosh h > 0; t = tanh h", gt(sinh_h), gt(cosh_h)),
)
#: What u₁, u₂, u₃ > 0 say of t = tanh h.
_TANH = (
    gt(h - t),
    gt((3 + h**2) * t - 3 * h),
    gt(h * (15 + h**2) - (15 + 6 * h**2) * t),
)


@claim(
    "chopper-gain-bounds",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="Let h = κ|g|T/2 with T = αn_sN, for phases of N reads, n_s updates a read, rate α, "
    "gradient g and slope κ. The limiting gain 1 − tanh(h)/h of the regular chopper increases with "
    "h > 0 and lies between 5h²/(15 + 6h²) and h²/(3 + h²). So the limiting mean signal, gain/κ, "
    "is below κ(gT)²/12 and vanishes as the device becomes symmetric, κ → 0.",
    latex=r"\frac{5h^2}{15+6h^2} < 1-\frac{\tanh h}{h} < \frac{h^2}{3+h^2}, \quad"
    r" \frac{1}{\kappa}\Big(1-\frac{\tanh h}{h}\Big) < \frac{\kappa (gT)^2}{12}",
    hypotheses=_HYPERBOLIC,
    twins=(
        twin("below h²/(4 + h²)", upper=4),
        twin("above 6h²/(15 + 6h²)", lower=6),
        twin("signal below κ(gT)²/16", share=16),
    ),
)
def chopper_gain_bounds(run: Run, upper: int = 3, lower: int = 5, share: int = 12) -> Evidence:
    """u₁ = h cosh h − sinh h, u₂′ = hu₁, u₃′ = hu₂ from 0; each bound is u₂ > 0 or u₃ > 0."""
    given = facts_of(_HYPERBOLIC)
    gain = 1 - sinh_h / (h * cosh_h)
    first = h * cosh_h - sinh_h
    second = (3 + h**2) * sinh_h - 3 * h * cosh_h
    third = h * (15 + h**2) * cosh_h - (15 + 6 * h**2) * sinh_h
    rest = sinh_h * cosh_h - h
    unit = eq(cosh_h**2 - sinh_h**2, 1)
    return conclude(
        at_zero("u₁ = h cosh h − sinh h", first),
        lemma("u₁′ = h sinh h > 0", prove_identity(derivative(first), h * sinh_h)),
        at_zero("u₂ = (3 + h²) sinh h − 3h cosh h", second),
        lemma("u₂′ = hu₁ > 0", _slope(second, h * first)),
        at_zero("u₃ = h(15 + h²) cosh h − (15 + 6h²) sinh h", third),
        lemma("u₃′ = hu₂ > 0", _slope(third, h * second)),
        *(
            lemma(
                f"over cosh h: {words}",
                prove_identity(fact.expression.subs(t, sinh_h / cosh_h), over / cosh_h),
            )
            for words, fact, over in zip(
                ("t < h", "t > 3h/(3 + h²)", "t < h(15 + h²)/(15 + 6h²)"),
                _TANH,
                (first, second, third),
                strict=True,
            )
        ),
        *_bounds(upper, lower, share),
        lemma(
            "slope of the gain: (sinh h cosh h − h)/(h cosh h)²",
            prove_polynomial(eq(h**2 * cosh_h**2 * derivative(gain), rest), [*given, unit]),
        ),
        at_zero("sinh h cosh h − h", rest),
        lemma(
            "its slope: 2 sinh² h > 0",
            prove_polynomial(eq(derivative(rest), 2 * sinh_h**2), [unit]),
        ),
        remark("a function that is 0 at 0 and has a slope > 0 for h > 0 is > 0 there"),
        value="h²/(3 + h²)",
    )


def _bounds(upper: int, lower: int, share: int) -> list[Settled]:
    """The three inequalities from the bounds of tanh h; at the points those bounds decide them."""
    gain = 1 - t / h
    given = (gt(h), gt(kappa), gt(t), *_TANH)
    size = 2 * h / kappa  # |g|T
    # t = tanh h lies in (3/4, 16/21) at h = 1 and in (6/13, 61/132) at h = 1/2
    below, above = {"h": 1, "t": "7619/10000"}, {"h": 1, "t": "7501/10000"}
    small = {"h": "1/2", "t": "4621/10000", "kappa": 1}
    both = (gt(h), gt(t), *_TANH)
    return [
        lemma(
            f"gain < h²/({upper} + h²)",
            prove_polynomial(
                gt(h**2 / (upper + h**2), gain),
                (*both, gt(upper + h**2)),
                multiplier=[gt(h), gt(upper + h**2)],
                degree=3,
                points=[below],
            ),
        ),
        lemma(
            f"gain > {lower}h²/(15 + 6h²)",
            prove_polynomial(
                gt(gain, lower * h**2 / (15 + 6 * h**2)),
                (*both, gt(15 + 6 * h**2)),
                multiplier=[gt(h), gt(15 + 6 * h**2)],
                degree=3,
                points=[above],
            ),
        ),
        lemma(
            f"gain/κ < κ(gT)²/{share}, gT = 2h/κ",
            prove_polynomial(
                gt(kappa * size**2 / share, gain / kappa),
                given,
                multiplier=[gt(h), gt(kappa)],
                degree=3,
                points=[small],
            ),
        ),
    ]


def _slope(expression: Expr, claimed: Expr) -> Outcome:
    return prove_identity(derivative(expression), claimed, given=[gt(h), gt(sinh_h), gt(cosh_h)])


_TWO = (
    hypothesis("h > 0", gt(h)),
    hypothesis("E = e^{2h} > 1 + 2h", gt(E - 1 - 2 * h), gt(E + 1)),
)


@claim(
    "random-chopper-gain-is-larger",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="At the same mean length of a phase the limiting gain h/(1 + h) of the random "
    "chopper exceeds the gain 1 − tanh(h)/h of the regular one, for every h > 0; for small h it "
    "is of first order in h, that of the regular chopper of second.",
    latex=r"\frac{h}{1+h} > 1-\frac{\tanh h}{h}, \quad h > 0",
    hypotheses=_TWO,
    twins=(
        twin("half the gain, h/(2 + 2h), is still larger", factor=2),
        twin("the regular chopper's gain is the larger one", side=-1),
    ),
)
def random_chopper_gain_is_larger(run: Run, factor: int = 1, side: int = 1) -> Evidence:
    """The difference is (e^{2h} − 1 − 2h)/(h(1 + h)(e^{2h} + 1)) > 0."""
    given = (*facts_of(_TWO), gt(1 + h))
    tanh_h = (E - 1) / (E + 1)
    gap = side * (h / (factor * (1 + h)) - (1 - tanh_h / h))
    p, R, T = sympy.symbols("p R T", real=True)
    # R = 1 − 2h/T, p = 1/T: the exact gain (1 − R)/(1 − R + 2pR) as T grows
    exact = ((1 - R) / (1 - R + 2 * p * R)).subs({R: 1 - 2 * h / T, p: 1 / T})
    return conclude(
        lemma(
            "the gain of p = 1/T, R = 1 − 2h/T is h/(1 + h − 2h/T), with limit h/(1 + h)",
            prove_identity(exact, h / (1 + h - 2 * h / T)),
        ),
        lemma(
            "h/(1 + h) > 1 − tanh(h)/h",
            prove_by_terms(
                gt(gap),
                given,
                [(1, 1, (gt(E - 1 - 2 * h),))],
                multiplier=[gt(h), gt(1 + h), gt(E + 1)],
                points=[{"h": 3, "E": 404}] if factor > 1 else (),
            ),
        ),
        value="h/(1 + h)",
    )


#: αn_s|g|; where A starts a phase; sign g.
m, L, s = sympy.symbols("m L s", real=True)


@claim(
    "symmetric-device-signals",
    source=derived("the orbits at κ = 0; theory notes of the family 5.3", "2303.04721"),
    form="derived",
    statement="On a perfectly symmetric fast array (κ = 0) the mean signal of c-TTv2 under a "
    "constant gradient is −½αn_s·g a read for every period N, from every start: not zero, but it "
    "does not grow with N. AGAD with the last read before the flip as reference has N + 1 times as "
    "much.",
    latex=r"\overline{c\,(A-r)} = -\tfrac12\alpha n_s g, \qquad"
    r" \overline{c\,(A-P)} = -\tfrac12 (N+1)\,\alpha n_s g",
    hypotheses=(
        hypothesis("constant gradient g, no noise, no clipping; q± = 1 for the fast array"),
        hypothesis("phases of N ≥ 1 reads, n_s ≥ 1 updates a read", ge(N, 1), gt(m)),
    ),
    twins=(
        twin("no signal at all, the limit of many updates a phase", signal=sympy.S.Zero),
        twin("AGAD: N times as much", times=N),
        twin("TTv2 on the same device: no chopper", reading=1),
    ),
)
def symmetric_device_signals(
    run: Run,
    signal: Expr = -s * m / 2,
    times: Expr = N + 1,
    reading: int = -1,
) -> Evidence:
    """a_j = L ∓ s·m·j in the two phases, m = αn_s|g|; sums of arithmetic progressions."""
    steps: list[Settled] = []
    for chopper in (1, -1):
        for sign in (1, -1):
            after = fast_step(with_chopper(), chopper, sign).subs(kappa, 0)
            words = f"A⁺ = A − c·s·δ, c = {chopper}, s = {sign}"
            steps.append(lemma(words, prove_identity(after, A - chopper * sign * delta)))
    count = N * (N + 1) / 2  # Σ j, j = 1 … N
    first = N * L - s * m * count
    second = N * (L - s * m * N) + s * m * count
    chopped = (first + reading * second) / (2 * N)
    latched = (first - N * L - (second - N * (L - s * m * N))) / (2 * N)
    given = (ge(N, 1), gt(m))
    return conclude(
        *steps,
        lemma(
            "Σ_{i≤j} i = j(j + 1)/2",
            prove_identity((j + 1) * (j + 2) / 2 - j * (j + 1) / 2, j + 1),
        ),
        lemma("c-TTv2, both phases, any start L", prove_identity(chopped, signal, given=given)),
        lemma(
            "AGAD, reference: the last read before the flip",
            prove_identity(latched, -s * m / 2 * times, given=given),
        ),
        value="−αn_s·g/2",
    )
