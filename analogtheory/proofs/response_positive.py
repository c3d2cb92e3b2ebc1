"""Every response of the catalog moves weights: q₊ > 0 and q₋ > 0 inside its range.

Definition 1 of arXiv:2502.06309 asks for q_min > 0 on the whole range, which saturating
devices violate at its ends (claim `response-class-on-whole-range`). What the theorems use is
the open range: there |G| < F and M > 0. All zeros of q₊ and q₋ are enclosed by interval
branch and bound, so "no zero inside" is a theorem about each device, not a sample.
"""

from __future__ import annotations

import sympy

from analogtheory import responses
from analogtheory.claims import (
    Evidence,
    Run,
    Settled,
    claim,
    conclude,
    derived,
    holds_exactly,
    hypothesis,
    lemma,
    twin,
)
from analogtheory.prove import gt, prove_by_terms
from analogtheory.responses import Response
from analogtheory.responses.formulas import WEIGHT

q_up, q_down = sympy.symbols("q_up q_down", real=True)
F, G = (q_down + q_up) / 2, (q_down - q_up) / 2

#: What the enclosures show at every weight inside the range.
_POSITIVE = (gt(q_up), gt(q_down))


@claim(
    "response-positive",
    source=derived("Definition 1, on the open range", "2502.06309"),
    form="derived",
    statement="Every response of the catalog, with its default parameters, has q₊ > 0 and q₋ > 0 "
    "at every weight inside its range, so that |G| < F and M > 0 there.",
    latex=r"q_\pm(w) > 0 \;\Rightarrow\; |G(w)| < F(w),\quad M(w) > 0",
    hypotheses=(hypothesis("the catalog's default parameters; w in the open range"),),
    twins=(
        twin("responses without the part of q₋ that is even in w", shift=1),
        twin("|G| < F/2", share=sympy.Rational(1, 2)),
    ),
)
def response_positive(run: Run, shift: int = 0, share: sympy.Expr = sympy.Integer(1)) -> Evidence:
    """F ∓ G are q₊ and q₋ themselves; the zeros of each catalog response are enclosed."""
    given = _POSITIVE
    below = prove_by_terms(gt(share * F, G), given, [(1, 1, {0: 1})])
    above = prove_by_terms(gt(share * F, -G), given, [(1, 1, {1: 1})])
    return conclude(
        lemma("G < F", below),
        lemma("−G < F", above),
        lemma("M = q₊q₋ > 0", prove_by_terms(gt(F**2 - G**2), given, [(1, 1, {0: 1, 1: 1})])),
        *(_enclosed(name, shift) for name in responses.names()),
        value=f"{len(responses.names())} devices",
        domain="the open ranges of the catalog's responses",
    )


def _enclosed(name: str, shift: int) -> Settled:
    response = responses.get(name)
    if shift:
        mean = (response.down + response.down.subs(WEIGHT, -WEIGHT)) / 2
        down = response.down - shift * mean
        response = Response(response.up, down, response.low, response.high, name=name)
    point = response.not_positive_at
    detail = "" if point is None else f"q₊ or q₋ is not positive at w = {point:.6g}"
    return holds_exactly(
        f"{name}: no zero of q₊ or q₋ inside", point is None, detail, level="certified"
    )
