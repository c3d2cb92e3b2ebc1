"""What an offset still does to c-TTv2: pulses that alternate with the chopper.

Without a gradient every read of A is the offset o, so that H moves by q = λ|o| a read, up in one
phase of N reads and down in the next. In units of reads, and with m = ⌈1/q⌉ reads from 0 to the
threshold, H in the forgetting mode (m = 0 left after a write) is q times a whole number: it is set
back to 0 when m is reached. Let j, 0 ≤ j < m, be the number of reads by which H stands against the
direction of the phase that begins. Then a phase has exactly

    a = ⌊(N − j)/m⌋ pulses,    N − j = am + j₊,  0 ≤ j₊ < m,

and the next phase begins j₊ behind and has a pulses again, of the other sign. The theory notes of
the family (5.3) have a triangle of height qN and pulses 'once qN ≥ 1'. Derived here.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TypeAlias

import sympy

from analogtheory.algorithms.chopped import Buffer, chopped_ttv2
from analogtheory.claims import (
    Evidence,
    Run,
    agrees,
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
from analogtheory.noise import NoNoise
from analogtheory.proofs.constant_gradient_runs import ConstantGradient
from analogtheory.proofs.constant_gradient_setting import FastArray, a_star, delta, kappa
from analogtheory.prove import eq, ge, gt, le, prove_by_terms, prove_identity, prove_polynomial
from analogtheory.responses.formulas import WEIGHT
from analogtheory.responses.response import Response
from analogtheory.simulation import simulate

Expr: TypeAlias = sympy.Expr

#: Reads a phase, reads to the threshold, pulses a phase, reads behind before and after.
N, m, a, j, j_next, q, k = sympy.symbols("N m a j j_next q k", real=True)
#: W − w⋄, and (1 − κδ)^a.
x, r_a = sympy.symbols("x r_a", real=True)

_SOURCE = "arXiv:2303.04721 Fig. 3 without gradient; theory notes of the family 5.3"
_JITTER = (
    hypothesis("no gradient, no noise, offset o ≠ 0; regular chopper, N ≥ 1 reads a phase; "
               "forgetting buffer that a write sets to 0, at most one pulse a write",
               ge(N, 1)),
    hypothesis("q = λ|o| ≤ 1 a read, m = ⌈1/q⌉: (m − 1)q < 1 ≤ mq",
               gt(q), ge(m, 1), ge(m * q, 1), gt(1 - (m - 1) * q)),
)  # fmt: skip
_COUNT = (
    *_JITTER,
    hypothesis(
        "a phase begins j reads behind its direction, 0 ≤ j < m; N − j = am + j₊, 0 ≤ j₊ < m, "
        "a ≥ 0 whole",
        ge(j), ge(m - 1, j), eq(N - j, a * m + j_next), ge(j_next), ge(m - 1, j_next), ge(a),
    ),
)  # fmt: skip


@claim(
    "chopper-jitter-count",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="Under an offset alone c-TTv2 with a regular chopper and a forgetting buffer fires "
    "exactly a = ⌊(N − j)/m⌋ pulses in every phase, of alternating sign, m = ⌈1/(λ|o|)⌉, if a "
    "phase begins j ≤ N reads behind, j < m: the next one begins N − j − am behind and fires as "
    "many, the one after that j again. So pulses never stop if N ≥ 2m − 1; from H = 0 they occur "
    "exactly if N ≥ m, which is λ|o|N ≥ 1.",
    latex=r"a = \Big\lfloor\frac{N-j}{m}\Big\rfloor, \quad m = \lceil 1/(\lambda|o|)\rceil, \quad"
    r" a \ge 1 \text{ from } H = 0 \iff \lambda|o|N \ge 1",
    hypotheses=_COUNT,
    twins=(
        twin("the threshold λ|o|N ≥ 2", threshold=2),
        twin("the threshold λ|o|N ≥ 1/2", most=sympy.Rational(1, 2)),
        twin("pulses for every start once N ≥ m", always=0),
        twin("the next phase has one pulse less", fewer=1),
    ),
)
def chopper_jitter_count(
    run: Run, threshold: int = 1, most: Expr = sympy.S.One, always: int = 1, fewer: int = 0
) -> Evidence:
    """Arithmetic of reads, for all N, m and j."""
    given = facts_of(_COUNT)
    division = eq(N - j, a * m + j_next)
    last = gt(1 - (m - 1) * q)
    return conclude(
        lemma(
            "k ≤ m − 1 reads from 0 stay below the threshold, kq < 1; so do j reads behind",
            prove_by_terms(
                gt(1 - k * q),
                (*given, le(k, m - 1)),
                [(1, 1, (gt(q), le(k, m - 1))), (1, 1, (last,))],
            ),
        ),
        remark("so j reads bring H back to 0, then every m-th read fires, mq ≥ 1, and sets H to 0"),
        lemma(
            "the next phase begins j₊ behind: N − j₊ = am + j, the same a, then j behind",
            prove_by_terms(eq(N - j_next, (a - fewer) * m + j), given, [("zero", division, 1)]),
        ),
        lemma(
            "N ≥ m gives qN ≥ 1",
            prove_by_terms(
                ge(q * N, threshold),
                (*given, ge(N, m)),
                [(1, 1, (gt(q), ge(N, m))), (1, 1, (ge(m * q, 1),))],
            ),
        ),
        lemma(
            "N ≤ m − 1 gives qN < 1",
            prove_by_terms(
                gt(most - q * N),
                (*given, le(N, m - 1)),
                [(1, 1, (gt(q), le(N, m - 1))), (1, 1, (last,))],
            ),
        ),
        lemma(
            "N ≥ 2m − 1 leaves m reads for every start: N − j ≥ m",
            prove_polynomial(ge(N - j, m), (*given, ge(N, m + always * (m - 1)))),
        ),
        value="⌊(N − j)/m⌋",
    )


@claim(
    "chopper-jitter-variance",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="These pulses, of size δ on an ideal slow array, give its weight over time the "
    "variance δ²(S_2/(2N) − (S_1/(2N))²), S_1 = a(am + 2j₊), S_2 = ma(a − 1)(2a − 1)/3 + "
    "a²(m + 2j₊); in the case j = j₊ = 0 this is δ²(a² + 2)/12, a = N/m.",
    latex=r"\operatorname{Var} W = \delta^2\Big(\frac{S_2}{2N} - \frac{S_1^2}{4N^2}\Big), \quad"
    r" \operatorname{Var} W = \delta^2\,\frac{a^2+2}{12}\;\; (N = am,\, j = 0)",
    hypotheses=_COUNT,
    twins=(
        twin("δ²a²/12, the triangle of many reads", spread=0),
        twin("both phases wait j reads", behind=1),
    ),
)
def chopper_jitter_variance(run: Run, spread: int = 2, behind: int = 0) -> Evidence:
    """The number of pulses that W has, summed over the 2N reads of a period."""
    # up: i for m reads, i = 1 … a − 1, and a for j₊ + 1; down: a for j₊ + m − 1, then i again
    waits = j if behind else j_next
    first = a * (a * m + 2 * waits)
    second = m * a * (a - 1) * (2 * a - 1) / 3 + a**2 * (m + 2 * waits)
    plateau = (j_next + 1) + (j_next + m - 1)
    sums = [a * (a - 1) / 2, a * (a - 1) * (2 * a - 1) / 6]  # Σ i, Σ i² for i < a
    variance = (second / (2 * N) - (first / (2 * N)) ** 2).subs({j: 0, j_next: 0}).subs(N, a * m)
    given = facts_of(_COUNT)
    return conclude(
        *(
            lemma(
                f"Σ i^{power}, i < a, grows by a^{power} with a, from 0",
                prove_identity(sums[power - 1].subs(a, a + 1) - sums[power - 1], a**power),
            )
            for power in (1, 2)
        ),
        lemma(
            "S_1 = 2mΣi + a·(reads at a)",
            prove_identity(2 * m * sums[0] + a * plateau, first, given=given),
        ),
        lemma(
            "S_2 = 2mΣi² + a²·(reads at a)",
            prove_identity(2 * m * sums[1] + a**2 * plateau, second, given=given),
        ),
        lemma(
            "j = j₊ = 0: (a² + 2)/12",
            prove_identity(variance, (a**2 + spread) / 12, points=[{"a": 1, "m": 2}]),
        ),
        value="δ²(a² + 2)/12",
    )


_PULL = (
    hypothesis("linear slow array, q± = 1 ∓ κ(w − a*); κ > 0, δ > 0, κδ < 1",
               gt(kappa), gt(delta), gt(1 - kappa * delta)),
    hypothesis("a ≥ 1 pulses up, then a down; r = 1 − κδ, r_a = r^a ∈ (0, 1)",
               gt(r_a), gt(1 - r_a)),
)  # fmt: skip


@claim(
    "chopper-jitter-pull",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="The spurious pulses are not free on an asymmetric slow array: a period with a of "
    "each sign takes W − w⋄ to r^{2a}(W − w⋄) − (1 − r^a)²/κ, r = 1 − κδ, so that without "
    "gradient W forgets its value and settles at w⋄ − (1 − r^a)/(κ(1 + r^a)) after each period.",
    latex=r"W - w_\diamond \mapsto r^{2a}(W-w_\diamond) - \frac{(1-r^a)^2}{\kappa}, \quad"
    r" W_\infty = w_\diamond - \frac{1}{\kappa}\,\frac{1-r^a}{1+r^a}",
    hypotheses=_PULL,
    twins=(
        twin("W keeps its value: a factor 1 a period", factor=1 / r_a**2),
        twin("it settles at the symmetric point", rest=sympy.S.Zero),
    ),
)
def chopper_jitter_pull(run: Run, factor: Expr = sympy.S.One, rest: Expr | None = None) -> Evidence:
    """a-fold maps of the device's own pulses, by induction; then their composition."""
    given = facts_of(_PULL)
    device = FastArray()
    up = a_star + x + delta * device.general_up.subs(WEIGHT, a_star + x) - a_star
    down = x - delta * device.general_down.subs(WEIGHT, a_star + x)
    r = 1 - kappa * delta
    raised = r_a * x + (1 - r_a) / kappa  # x = w − w⋄ after a pulses up
    lowered = r_a * x - (1 - r_a) / kappa
    period = lowered.subs(x, raised)
    claimed = factor * r_a**2 * x - (1 - r_a) ** 2 / kappa
    settled = -(1 - r_a) / (kappa * (1 + r_a)) if rest is None else rest
    return conclude(
        *(
            lemma(
                f"one more pulse {words}: r_a becomes r·r_a",
                prove_identity(one.subs(x, many), many.subs(r_a, r * r_a)),
            )
            for words, one, many in (("up", up, raised), ("down", down, lowered))
        ),
        lemma("a up, then a down", prove_identity(period, claimed, given=given)),
        lemma("the rest point", prove_identity(period.subs(x, settled), settled, given=given)),
        lemma("r_a² < 1: it attracts", prove_polynomial(gt(1 - r_a**2), given)),
        value="r^{2a}",
    )


# ------------------------------------------------------------------ the algorithm itself


def phases(reads: int, size: Fraction, behind: int, number: int) -> list[int]:
    """Pulses of each phase, read by read in exact arithmetic."""
    height, sign, fired = -behind * size, 1, []
    for _ in range(number):
        fired.append(0)
        for _ in range(reads):
            height += sign * size
            if abs(height) >= 1:
                fired[-1], height = fired[-1] + 1, Fraction(0)
        sign = -sign
    return fired


_SIZES = tuple(Fraction(text) for text in ("1", "2/5", "1/3", "3/10", "1/7"))
#: (N, q) of the runs of c-TTv2, q not so close to 1/m that rounding could decide.
_RUNS = ((3, "2/5"), (7, "2/5"), (10, "3/10"), (2, "2/5"))


@claim(
    "chopper-jitter-runs",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="The buffer read by read, exactly, for q = λ|o| = 1, 2/5, 1/3, 3/10, 1/7, every "
    "N ≤ 30 and every start j < m, j ≤ N, m = ⌈1/q⌉, fires ⌊(N − j)/m⌋ pulses in each of six "
    "phases; c-TTv2 itself with (N, q) = (3, 2/5), (7, 2/5), (10, 3/10), (2, 2/5) from H = 0 has "
    "the weight variance δ²/4, 27δ²/49, 14δ²/25 and 0 of `chopper-jitter-variance`.",
    latex=r"\operatorname{Var} W = \tfrac14\delta^2,\; \tfrac{27}{49}\delta^2,\;"
    r" \tfrac{14}{25}\delta^2,\; 0",
    hypotheses=(hypothesis("no gradient, no noise; ideal slow array; a forgetting buffer"),),
    twins=(
        twin("m = ⌊1/q⌋ reads to the threshold", rounded=0),
        twin("the keeping mode in the run", forget=False),
    ),
)
def chopper_jitter_runs(run: Run, rounded: int = 1, forget: bool = True) -> Evidence:
    """Counts in exact arithmetic; the variance over one period of the simulated weight."""
    failure = next((text for size in _SIZES if (text := _miscounted(size, rounded))), "")
    steps = [holds_exactly("pulses of every phase, read by read", not failure, failure)]
    for reads, text in _RUNS:
        size = Fraction(text)
        to_threshold = ceil(1 / size) if rounded else int(1 / size)
        fired, left = divmod(reads, to_threshold)
        values = {N: reads, m: to_threshold, a: fired, j_next: left}
        second = (m * a * (a - 1) * (2 * a - 1) / 3 + a**2 * (m + 2 * j_next)).subs(values)
        mean = (a * (a * m + 2 * j_next) / (2 * N)).subs(values)
        variance = second / (2 * reads) - mean**2
        words = f"variance of W/δ, N = {reads}, q = {text}"
        steps.append(agrees(words, _simulated(reads, size, forget), variance, tolerance=1e-9))
    return conclude(*steps)


def _miscounted(size: Fraction, rounded: int) -> str:
    """Where the buffer disagrees with the claim, or ""."""
    steps = ceil(1 / size) if rounded else max(int(1 / size), 1)
    for reads in range(1, 31):
        for behind in range(min(ceil(1 / size), reads + 1)):
            fired, claimed = phases(reads, size, behind, 6), (reads - behind) // steps
            if fired != [claimed] * 6:
                return f"N = {reads}, j = {behind}, q = {size}: {fired}, claimed {claimed}"
    return ""


def _simulated(reads: int, size: Fraction, forget: bool) -> float:
    """Variance of W/δ over one period of c-TTv2, from H = 0."""
    ideal, pulse = Response(1, 1, -1, 1), 0.125
    buffer = Buffer(transfer_lr=float(size), granularity=pulse, forget=forget)
    dynamics = chopped_ttv2(
        ideal,
        ConstantGradient(0),
        NoNoise(),
        period=reads,
        buffer=buffer,
        reference_level=-1.0,
    )
    result = simulate(
        dynamics, trajectories=1, steps=4 * reads, record="trajectory", backend="numpy"
    )
    weights = result.trajectory["W"][2 * reads + 1 :, 0] / pulse
    return float(weights.var())
