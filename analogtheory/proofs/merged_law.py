"""The law of n pulses, proved of the statements that the kernels execute.

Where the response is affine, q(w) = c + mw, a pulse of sign s with additive noise,
w ← w + sΔw_min(q(w) + σ_c·ξ), is affine in w and ξ. So n pulses give a normal number, whose mean
and variance follow by induction on n: S ← 1 + aS and V ← 1 + a²V, a = 1 + sΔw_min·m. The
statements of :mod:`analogtheory.simulation.merged` are executed over formulas: for each of the
first counts, and for every count up to the longest by the invariant of their loop over its bits,

    n = ν·2ʲ + rest,   0 ≤ rest < 2ʲ,   sum = (a^ν − 1)/(a − 1).

The twins are other formulas for the law, and kernels with one fault in their statements.
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy

from analogtheory.claims import (
    Evidence,
    Run,
    claim,
    conclude,
    derived,
    hypothesis,
    remark,
    twin,
)
from analogtheory.kernels.interpreter import Edit, Interpreter, edited
from analogtheory.kernels.statements import Function
from analogtheory.proofs.merged_setting import (
    FORMULAS,
    A,
    Bit,
    S,
    V,
    before_clipping,
    bits_of,
    delta,
    executed,
    facts_in,
    high,
    low,
    m,
    n,
    pulse,
    required,
    response,
    sigma,
    together,
    w,
    xi,
)
from analogtheory.prove import Outcome, Term, ge, gt, prove_by_terms, prove_identity
from analogtheory.simulation.merged import LONGEST, direction, merged_update

#: 1 + sΔw_min·m, the bits of the count that were read, as a number, and the rest; w_n − E w_n.
a, prefix, rest, deviation = sympy.symbols("a nu rest d", real=True)
#: Counts that are executed one by one, of a train of the usual length.
_COUNTS, _TRAIN = range(16), 31
#: 2ʲ − n = (2ʲ − 1 − n) + 1.
_MARGIN: tuple[Term, ...] = ((1, 1, {0: 1}), (1, 1, {}))
#: Where a twin fails that merges any count.
_POINTS = ({"n": 1024},)


@claim(
    "merged-pulses-law",
    source=derived("eq. (26) on an affine response; the kernels' statements", "2502.06309"),
    form="derived",
    statement="While no pulse is clipped, n pulses of sign s on q(w) = c + mw with additive "
    "cycle-to-cycle noise are in law w + sΔw_min(S·q(w) + σ_c√V·ξ), ξ ~ N(0, 1), with S = Σaᵏ, "
    "V = Σa²ᵏ over k < n and a = 1 + sΔw_min·m ≠ −1; in exact arithmetic the statements of the "
    "kernels compute this for every n ≤ 1023, and require that n is no larger.",
    latex=r"w_n \sim w + s\,\Delta w_{\min}\bigl(S\,q(w) + \sigma_c\sqrt{V}\,\xi\bigr),\quad "
    r"S = \sum_{k<n} a^k,\ V = \sum_{k<n} a^{2k},\ a = 1 + s\,\Delta w_{\min}\, m",
    hypotheses=(
        hypothesis("independent ξ_k ~ N(0, 1); no pulse is clipped (merged-pulses-in-range)"),
    ),
    twins=(
        twin("the noise of a pulse has the factor a^{k/2}, so that V = S", power=1),
        twin("later pulses do not change the noise of earlier ones: V = n", power=0),
        twin("a = 1 − sΔw_min·m", turn=-1),
        twin("a kernel with S₂ₘ = Sₘ(1 + a)", edits=(Edit("mul", "growth", 1, 1.0),)),
        twin("a kernel with S₂ₘ = Sₘaᵐ", edits=(Edit("add", 2.0, 0, 1.0),)),
        twin("a kernel with V = S(1 + aⁿ)", edits=(Edit("mul", "inverse", 1, 1.0),)),
        twin("a kernel that merges any count", edits=(Edit("le", "count", 1, 1e9),)),
    ),
)  # fmt: skip
def merged_pulses_law(
    run: Run, power: int = 2, turn: int = 1, edits: tuple[Edit, ...] = ()
) -> Evidence:
    """Induction on n; then the statements for each count, and for each bit of a count."""
    trains, longest = (_kernels(most, edits) for most in (_TRAIN, LONGEST))
    return conclude(
        together("n = 0, and from n pulses to n + 1", _induction(power, turn)),
        remark("a sum of independent normal numbers is normal, and their variances add"),
        together("S = (aⁿ − 1)/(a − 1) and V = (a²ⁿ − 1)/(a² − 1)", _closed_forms()),
        together(
            f"the statements give S and V for each n from 0 to {_COUNTS[-1]}",
            (outcome for kernel in trains for outcome in _each_count(kernel, power)),
        ),
        together(
            f"their loop over the bits of n keeps its invariant, for n ≤ {_TRAIN} and ≤ {LONGEST}",
            (o for kernel in (*trains, *longest) for o in _each_bit(kernel)),
        ),
        remark("the length of a train changes only how many bits the loop has"),
        together(
            "with the sum that it leaves, the statements give the weight",
            (outcome for kernel in longest for outcome in _weights(kernel, turn)),
        ),
        remark("at a = 1 too, since S and V are polynomials in a"),
    )


def _kernels(most: int, edits: tuple[Edit, ...]) -> list[Function]:
    """In both precisions; one of them where their statements are the same."""
    written = [merged_update(precision, most, is_noisy=True) for precision in (64, 32)]
    return [edited(f, *edits) for f in {f.statements: f for f in written}.values()]


def _induction(power: int, turn: int) -> Iterator[Outcome]:
    """A pulse on mean + deviation: the mean moves by the recursion of S, Var by that of V."""
    unit = (delta * sigma) ** 2
    for sign in (1, -1):
        factor = 1 + turn * sign * delta * m

        def mean(total: sympy.Expr, sign: int = sign) -> sympy.Expr:
            return w + sign * delta * total * response(w)

        yield prove_identity(mean(sympy.Integer(0)), w)
        moved = mean(1 + factor * S) + factor * deviation + sign * delta * sigma * xi
        yield prove_identity(pulse(mean(S) + deviation, sign, xi), moved)
        yield prove_identity(factor**2 * unit * V + unit, unit * (1 + factor**power * V))


def _closed_forms() -> Iterator[Outcome]:
    """Both are 0 at A = a⁰ and follow the recursions."""
    for exponent in (1, 2):
        closed = (A**exponent - 1) / (a**exponent - 1)
        yield prove_identity(closed.subs(A, 1), 0)
        yield prove_identity(1 + a**exponent * closed, closed.subs(A, a * A))


def _each_count(kernel: Function, power: int) -> Iterator[Outcome]:
    """At w = 0 and Δw_min = σ_c = 1: S is the weight for q = 1, ξ = 0, and √V for q = 0, ξ = 1."""
    target = before_clipping(kernel)
    device = {"growth": a - 1, "inverse": 1 / (1 + a), "dw_min": 1, "noise": 1}
    for count in _COUNTS:
        known = {"w": 0, "up": True, "count": sympy.Integer(count), **device}
        moved, spread = (
            Interpreter(kernel, {**known, "q": q, "z": 1 - q}, FORMULAS).value(target)
            for q in (1, 0)
        )
        yield prove_identity(moved, _sum(a, count))
        yield prove_identity(spread**2, _sum(a**power, count))


def _sum(ratio: sympy.Expr, count: int) -> sympy.Expr:
    """Σ ratioᵏ over k < count."""
    return sympy.Integer(count) if ratio == 1 else (ratio**count - 1) / (ratio - 1)


def _each_bit(kernel: Function) -> Iterator[Outcome]:
    """The invariant before the first bit, from each bit to the next, and after the last."""
    bits = bits_of(kernel)
    before = Bit("", 2 * bits[0].value, "", "count", "")
    (most,) = (fact for fact in required(kernel) if fact.symbols == [n])
    yield prove_by_terms(gt(before.value - n), (most,), _MARGIN, points=_POINTS)
    for bit in bits:
        if bit.left_before != before.left:
            raise ValueError(f"{kernel.name}: the loop over the bits of the count has changed")
        yield prove_identity(2 * bit.value, before.value)
        for is_set in (True, False):
            yield from _one_bit(kernel, before, bit, is_set)
        before = bit
    yield prove_identity(before.value, 1)  # so that the rest, a whole number below it, is 0


def _one_bit(kernel: Function, before: Bit, bit: Bit, is_set: bool) -> Iterator[Outcome]:
    """n = ν·2ʲ + rest with 0 ≤ rest < 2ʲ, and the sum: from 2^{j+1} to 2ʲ."""
    number, a_power = (prefix, A) if before.total else (sympy.Integer(0), sympy.Integer(1))
    values = {before.left: rest, "growth": a - 1}
    if before.total:
        values[before.total] = (A - 1) / (a - 1)
    (condition,) = facts_in(Interpreter(kernel, values, FORMULAS).value(bit.is_set))
    now = Interpreter(kernel, {**values, bit.is_set: is_set}, FORMULAS)
    left = now.value(bit.left)
    yield prove_identity(
        (2 * number + int(is_set)) * bit.value + left, number * before.value + rest
    )
    given = (ge(rest), gt(before.value - rest), condition if is_set else gt(-condition.expression))
    yield prove_by_terms(ge(left), given, [(1, 1, {2 if is_set else 0: 1})])
    yield prove_by_terms(gt(bit.value - left), given, [(1, 1, {1 if is_set else 2: 1})])
    power = a_power**2 * (a if is_set else 1)
    yield prove_identity(now.value(bit.total), (power - 1) / (a - 1))


def _weights(kernel: Function, turn: int) -> Iterator[Outcome]:
    """Up and down, with noise and without, in terms of A = aⁿ."""
    for sign in (1, -1):
        rise = turn * sign * delta * m  # a − 1
        for is_noisy in (True, False):
            used = kernel if is_noisy else merged_update(kernel.precision, LONGEST, is_noisy=False)
            moved = _weight(used, sign, is_noisy)
            mean = w + sign * delta * (A - 1) / rise * response(w)
            yield prove_identity(moved.subs(xi, 0), mean)
            variance = (delta * sigma) ** 2 * (A**2 - 1) / ((1 + rise) ** 2 - 1) if is_noisy else 0
            yield prove_identity(sympy.diff(moved, xi) ** 2, variance)


def _weight(kernel: Function, sign: int, is_noisy: bool) -> sympy.Expr:
    """What the statements give for pulses of one sign, before clipping."""
    ends = {"q_low": response(low), "q_high": response(high)}
    device = {"dw_min": delta, "noise": sigma}
    common = direction(kernel.precision, is_noisy=is_noisy)
    growth, inverse, _ = executed(common, {"slope": sign * m, **ends, **device})
    values = {
        "w": w, "up": sign > 0, "q": response(w), "growth": growth, "inverse": inverse,
        "z": xi, **device, bits_of(kernel)[-1].total: (A - 1) / growth,
    }  # fmt: skip
    weight: sympy.Expr = Interpreter(kernel, values, FORMULAS).value(before_clipping(kernel))
    return weight
