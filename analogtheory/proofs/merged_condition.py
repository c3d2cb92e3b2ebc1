"""No pulse can be clipped where the kernels execute the pulses of an update together.

The condition is in the statements of :mod:`analogtheory.simulation.merged`: n·reach is at most the
distance of the weight to both ends of the range, reach = Δw_min(max|q| + σ_c·Z) with the larger
of |q| at the two ends. Normal numbers up to Z are assumed here; that the samplers give no larger
ones is `largest-normal-number`.

Proof. After k pulses the weight x has |x − w| ≤ k·reach (induction on k), so that it is in the
range; there |q(x)| is at most its larger value at the ends, because q is affine; so one more
pulse moves it by at most reach. The number √V·ξ of n pulses together is Σaᵏξ_k for n equal
numbers ξ_k = ξ√V/S: with V ≤ S² these are no larger than ξ, and the result is in the range too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import sympy

from analogtheory.claims import (
    Evidence,
    Run,
    claim,
    conclude,
    derived,
    facts_of,
    hypothesis,
    lemma,
    remark,
    twin,
)
from analogtheory.kernels.interpreter import Edit, edited
from analogtheory.proofs.merged_setting import (
    S,
    V,
    delta,
    exact,
    executed,
    high,
    low,
    m,
    n,
    pulse,
    reach,
    required,
    response,
    sigma,
    together,
    w,
    xi,
)
from analogtheory.prove import Fact, Outcome, Term, ge, gt, prove_by_terms, prove_identity
from analogtheory.simulation.merged import FARTHEST, LONGEST, direction, merged_update

#: k, the weight x after k pulses, Z, the larger of |q(low)| and |q(high)|, a.
k, x, Z, largest, a = sympy.symbols("k x Z M a", real=True)
#: The weight one pulse after x.
after = sympy.Symbol("y", real=True)
_HALF = sympy.Rational(1, 2)
_DEVICE = (
    hypothesis("low < high", gt(high - low)),
    hypothesis("Δw_min > 0, σ_c ≥ 0", gt(delta), ge(sigma)),
    hypothesis("normal numbers |ξ| ≤ Z", ge(Z), ge(Z - xi), ge(Z + xi)),
)
_COUNT = hypothesis("n ≥ 1", ge(n - 1))

_PLACE: dict[str, int] = {"low": -1, "high": 1, "w": 0}
#: Where the twins fail: by noise alone; at an end where |q| is larger; after two pulses; and for
#: no pulse with |Δw_min·m| = 2: at a = −1, V = S(1 + aⁿ)/(1 + a) is 0/0.
_POINTS: tuple[dict[str, int], ...] = (
    {**_PLACE, "x": 0, "c": 0, "m": 0, "M": 0, "delta": 1, "sigma_c": 1, "Z": 1, "xi": 1},
    {**_PLACE, "x": 1, "c": 1, "m": 1, "M": 0, "delta": 1, "sigma_c": 0, "Z": 0, "xi": 0},
    {**_PLACE, "x": -2, "n": 2, "k": 2, "r": 1},
    {**_PLACE, "n": 0, "c": 1, "m": 1, "M": 2, "delta": 2, "r": 4, "sigma_c": 0, "Z": 0, "xi": 0},
)


class Condition(NamedTuple):
    """What the statements say of one kind of noise.

    Attributes
    ----------
    reach : sympy.Expr
        The most that a pulse is taken to move, with M for the larger of |q| at the ends.
    largest : tuple of Fact
        What M is at least.
    holds : tuple of Fact
        What is required of the weight, with the symbol r for `reach`.
    """

    reach: sympy.Expr
    largest: tuple[Fact, ...]
    holds: tuple[Fact, ...]


@claim(
    "merged-pulses-in-range",
    source=derived("the condition in the kernels' statements", "2502.06309"),
    form="derived",
    statement="Let q(w) = c + mw on [low, high], n ≥ 1, and n·Δw_min(max|q| + σ_c·Z) at most the "
    "distance of w to both ends, which the kernels' statements require. Then none of n pulses of "
    "one sign with normal numbers of at most ±Z is clipped, nor is w + sΔw_min(S·q(w) + σ_c√V·ξ) "
    "with |ξ| ≤ Z (S and V of merged-pulses-law); and 0 ≤ a ≤ 2, which they require, too.",
    latex=r"n\,\Delta w_{\min}\Bigl(\max_{[\text{low},\text{high}]}|q| + \sigma_c Z\Bigr) \le "
    r"\min(w-\text{low},\ \text{high}-w)\ \Rightarrow\ w_1,\dots,w_n \in "
    r"[\text{low},\text{high}],\ |a-1| \le 1",
    hypotheses=(*_DEVICE, _COUNT),
    twins=(
        twin("a condition without the noise", counted=False),
        twin("|q| at one end only", in_direction=(Edit("abs", "q_high", 0, "q_low"),)),
        twin("the reach of one pulse for that of n", in_update=(Edit("mul", "count", 0, 1.0),)),
        twin("0 ≤ a ≤ 2 for n = 0 too", drop="n ≥ 1"),
    ),
)
def merged_pulses_in_range(
    run: Run,
    counted: bool = True,
    in_direction: tuple[Edit, ...] = (),
    in_update: tuple[Edit, ...] = (),
    drop: str = "",
) -> Evidence:
    """The induction of the module's docstring, with the facts that the statements say."""
    given = facts_of(_DEVICE)
    found = [
        (_condition(precision, is_noisy and counted, in_direction, in_update), is_noisy)
        for precision in (64, 32)
        for is_noisy in (True, False)
    ]
    counts = facts_of((_COUNT,), drop=drop)
    moves = [(said, sigma if is_noisy else sympy.Integer(0)) for said, is_noisy in found]
    return conclude(
        together("reach ≥ Δw_min·M ≥ 0", (o for said, _ in moves for o in _sizes(said, given))),
        together(
            "within k·reach of w, k ≤ n, is in the range", (o for s, _ in moves for o in _inside(s))
        ),
        together(
            "one pulse in the range moves a weight by at most reach, up or down",
            (o for said, noise in moves for o in _one_pulse(said, given, noise)),
        ),
        together("so k + 1 pulses move it by at most (k + 1)·reach", _one_more()),
        together("|a − 1| ≤ 1", (o for said, _ in moves for o in _slopes(said, given, counts))),
        together("n pulses with one number ξ: w + sΔw_min·S(q + σ_c·ξ)", _equal_numbers()),
        lemma("V ≤ S² for a ≥ 0: 0 at n = 0, and one pulse more", _squares()),
        remark("so the map with √V·ξ is that of n equal numbers ξ√V/S, which are at most ±Z"),
    )


def _condition(
    precision: int, is_noisy: bool, in_direction: Sequence[Edit], in_update: Sequence[Edit]
) -> Condition:
    """The statements of the kernels, executed over formulas."""
    common = edited(direction(precision, is_noisy=is_noisy), *in_direction)
    device = {"slope": m, "q_low": response(low), "q_high": response(high), "dw_min": delta}
    _, _, size = executed(common, {**device, "noise": sigma})
    sizes = sorted(size.atoms(sympy.Abs), key=str)
    ends = [absolute.args[0] for absolute in sizes]
    size = size.subs({sympy.Max(*sizes): largest, exact(FARTHEST[precision]): Z})
    update = edited(merged_update(precision, LONGEST, is_noisy=is_noisy), *in_update)
    larger = tuple(ge(largest + sign * q) for q in ends for sign in (-1, 1))
    return Condition(
        size, larger, tuple(fact for fact in required(update) if reach in fact.symbols)
    )


def _sizes(said: Condition, given: tuple[Fact, ...]) -> Iterator[Outcome]:
    below, above, *_ = said.largest  # M ∓ q at one end: their sum is 2M
    noise: Term = (1, 1, (gt(delta), ge(sigma), ge(Z)))
    if not said.reach.has(Z):
        noise = (0, 1, ())
    facts = (*given, *said.largest)
    yield prove_by_terms(ge(said.reach - delta * largest), facts, [noise])
    both: list[Term] = [(_HALF, 1, (gt(delta), fact)) for fact in (below, above)]
    yield prove_by_terms(ge(delta * largest), facts, both)


def _inside(said: Condition) -> Iterator[Outcome]:
    """x − low = (x − w + k·reach) + (w − low − n·reach) + (n − k)·reach; high − x alike."""
    size, room = ge(reach), ge(n - k)
    for sign, distance in ((1, w - low), (-1, high - w)):
        near, far = ge(k * reach + sign * (x - w)), ge(distance - n * reach)
        inside = ge(sympy.expand(distance + sign * (x - w)))
        terms: list[Term] = [(1, 1, (near,)), (1, 1, (far,)), (1, 1, (size, room))]
        given = (size, room, near, *said.holds)
        yield prove_by_terms(inside, given, terms, points=_POINTS)


def _one_pulse(said: Condition, given: tuple[Fact, ...], noise: sympy.Expr) -> Iterator[Outcome]:
    """(high − low)(M ∓ q(x)) = (high − x)(M ∓ q(low)) + (x − low)(M ∓ q(high))."""
    moved = (pulse(x, 1, xi) - x).subs(sigma, noise)
    inside = ge(x - low), ge(high - x)
    for sign in (-1, 1):
        terms: list[Term] = [
            (1, 1, (gt(delta), inside[1], ge(largest + sign * response(low)))),
            (1, 1, (gt(delta), inside[0], ge(largest + sign * response(high)))),
        ]
        if noise != 0:
            terms.append((1, 1, (gt(delta), ge(sigma), ge(Z + sign * xi), gt(high - low))))
        yield prove_by_terms(
            ge(said.reach + sign * moved),
            (*given, *inside, *said.largest),
            terms,
            multiplier=[gt(high - low)],
            points=_POINTS,
        )


def _one_more() -> Iterator[Outcome]:
    for sign in (-1, 1):
        so_far, pulses = ge(k * reach + sign * (x - w)), ge(reach + sign * (after - x))
        terms: list[Term] = [(1, 1, (so_far,)), (1, 1, (pulses,))]
        conclusion = ge(sympy.expand((k + 1) * reach + sign * (after - w)))
        yield prove_by_terms(conclusion, (so_far, pulses), terms)


def _slopes(
    said: Condition, given: tuple[Fact, ...], counts: tuple[Fact, ...]
) -> Iterator[Outcome]:
    """|m|(high − low) = |q(high) − q(low)| ≤ 2M, and 2n·reach ≤ high − low."""
    sizes = ge(reach), ge(reach - delta * largest)
    ends = ge(w - low - n * reach), ge(high - w - n * reach)
    for sign in (-1, 1):
        at_ends = (
            ge(largest + sign * response(high)),
            ge(largest - sign * response(low)),
        )
        terms: list[Term] = [(1, 1, (end,)) for end in ends]
        terms += [(2, 1, (ge(n - 1), sizes[0])), (2, 1, (sizes[1],))]
        terms += [(1, 1, (gt(delta), fact)) for fact in at_ends]
        yield prove_by_terms(
            ge(1 + sign * delta * m),
            (*given, *counts, *sizes, *said.holds, *said.largest),
            terms,
            multiplier=[gt(high - low)],
            points=_POINTS,
        )


def _equal_numbers() -> Iterator[Outcome]:
    """From n pulses to n + 1, S to 1 + aS."""
    for sign in (1, -1):
        slope, q = 1 + sign * delta * m, response(w) + sigma * xi
        moved = pulse(w + sign * delta * S * q, sign, xi)
        yield prove_identity(moved, w + sign * delta * (1 + slope * S) * q)


def _squares() -> Outcome:
    """(1 + aS)² − (1 + a²V) = 2aS + a²(S² − V)."""
    given = (ge(a), ge(S), ge(S**2 - V))
    terms: list[Term] = [(2, 1, {0: 1, 1: 1}), (1, a, {2: 1})]
    return prove_by_terms(ge(sympy.expand((1 + a * S) ** 2 - (1 + a**2 * V))), given, terms)
