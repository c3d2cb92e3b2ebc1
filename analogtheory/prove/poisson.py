"""Rung 6: bounds of a stationary expectation by a Poisson certificate."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from analogtheory.checker import failure
from analogtheory.errors import InputError
from analogtheory.exact import exact
from analogtheory.prove.outcome import Outcome, Proved, Refuted, Unknown

if TYPE_CHECKING:
    from analogtheory.dynamics import Dynamics


def prove_expectation(
    dynamics: Dynamics,
    observable: Any,
    *,
    lower: Any = None,
    upper: Any = None,
    equals: Any = None,
    name: str = "",
    **options: Any,
) -> Outcome:
    """Prove lower ≤ E_π f ≤ upper, or E_π f = equals, for every stationary law π.

    Parameters
    ----------
    dynamics, observable
        As for :func:`analogtheory.stationary.certify_expectation`.
    lower, upper, equals : number, optional
        Rational; compared exactly with the interval that the certificate proves.
    **options
        Of :func:`analogtheory.stationary.certify_expectation`: degree, interval, ….

    Returns
    -------
    Proved, Refuted or Unknown
        Refuted if a claimed number lies beyond the proved interval; the counterexample is
        the certificate with that number.

    Examples
    --------
    >>> from analogtheory.algorithms import analog_sgd
    >>> from analogtheory.algorithms.symbols import W
    >>> from analogtheory.noise import Rademacher
    >>> from analogtheory.objectives import ScalarQuadratic
    >>> from analogtheory.responses.response import Response
    >>> device = Response("1 - w", "1 + w", -1, 1)
    >>> dynamics = analog_sgd(device, ScalarQuadratic(1, 0.9), Rademacher(0.5), lr=0.1)
    >>> type(prove_expectation(dynamics, W, equals="3/5")).__name__
    'Proved'
    >>> prove_expectation(dynamics, W, lower="7/10").counterexample["point"]
    {'E': '3/5', 'claimed lower': '7/10'}
    """
    from analogtheory.stationary import certify_expectation  # not at import: it is large

    asked = {"lower": lower, "upper": upper, "equals": equals}
    claimed = {key: _fraction(value) for key, value in asked.items() if value is not None}
    if not claimed:
        raise InputError("prove_expectation: give lower, upper or equals")
    try:
        proof = certify_expectation(dynamics, observable, **options)
    except InputError as problem:
        return Unknown(str(problem))
    plain = json.loads(proof.to_json())
    for key, value in claimed.items():
        found = {
            "kind": "poisson-counterexample",
            "name": name,
            "certificate": plain,
            "claimed": {key: str(value)},
            "point": {
                "E": _shown(proof.center, proof.half_width),
                f"claimed {key}": str(value),
            },
        }
        if not failure(found):
            return Refuted(found)
    certificate = {**plain, "name": name, "claimed": {k: str(v) for k, v in claimed.items()}}
    if failure(certificate):
        interval = _shown(proof.center, proof.half_width)
        return Unknown(f"E = {interval} is proved, which does not decide it; raise degree")
    return Proved(certificate, proof.statement)


def _fraction(value: Any) -> Fraction:
    rational = exact(value)
    return Fraction(int(rational.p), int(rational.q))


def _shown(center: Fraction, half_width: Fraction) -> str:
    return str(center) if half_width == 0 else f"{float(center):.12g} ± {float(half_width):.3g}"
