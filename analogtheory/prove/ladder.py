"""The ladder: the rungs in turn, cheapest first, until one decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from analogtheory.prove.elimination import ranges
from analogtheory.prove.facts import Fact
from analogtheory.prove.identity import prove_identity
from analogtheory.prove.interval import prove_on_box
from analogtheory.prove.outcome import Outcome, Unknown
from analogtheory.prove.polynomial import prove_polynomial
from analogtheory.prove.smt import prove_smt


def prove(conclude: Fact, given: Sequence[Fact] = (), name: str = "") -> Outcome:
    """Try an identity, a polynomial certificate, a box (where every symbol has one) and z3.

    Returns
    -------
    Proved, Refuted or Unknown
        Of the first rung that decides; Unknown gives every rung's reason.

    Examples
    --------
    >>> import sympy
    >>> from analogtheory.prove.facts import ge, gt, le
    >>> x = sympy.Symbol("x", real=True)
    >>> prove(ge(x**2 + 1, 2 * x)).certificate["kind"]
    'polynomial'
    >>> prove(gt(sympy.exp(x), x), [ge(x, -1), le(x, 1)]).certificate["kind"]
    'interval'
    """
    reasons, needs = [], ""
    for rung in _rungs(conclude, given, name):
        outcome = rung()
        if not isinstance(outcome, Unknown):
            return outcome
        reasons.append(outcome.reason)
        needs = needs or outcome.needs
    return Unknown("; ".join(dict.fromkeys(reasons)), needs)


def _rungs(conclude: Fact, given: Sequence[Fact], name: str) -> list[Callable[[], Outcome]]:
    rungs: list[Callable[[], Outcome]] = []
    if conclude.relation == "==" and not given:
        rungs.append(lambda: prove_identity(conclude.expression, 0, name=name))
    rungs.append(lambda: prove_polynomial(conclude, given, name=name))
    box: dict[str, Any] = ranges(conclude, given)
    if conclude.relation != "==" and box and all(None not in ends for ends in box.values()):
        rungs.append(lambda: prove_on_box(conclude, box, given, name=name))
    rungs.append(lambda: prove_smt(conclude, given, name=name))
    return rungs
