"""Re-checks certificates, independently of the provers that wrote them.

Nothing here imports a prover, SymPy or SciPy: formulas are read from text, identities
are expanded in exact rationals (python-flint), leaves of interval certificates are
evaluated again in Arb balls, Poisson certificates in Python's fractions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from analogtheory.checker.algebraic import check_identity, check_polynomial, check_substitution
from analogtheory.checker.boxes import check_interval
from analogtheory.checker.expressions import number
from analogtheory.checker.pointwise import check_counterexample, holds_at
from analogtheory.checker.poisson import PoissonCertificate
from analogtheory.checker.smt import check_smt
from analogtheory.errors import InputError, MissingExtra

__all__ = ["KINDS", "PoissonCertificate", "failure", "holds_at"]


def _check_poisson(certificate: Mapping[str, Any]) -> str:
    """The certificate, and that what it proves implies the claimed bounds, if there are any."""
    proof = PoissonCertificate.from_json(json.dumps(certificate))
    for key, value in certificate.get("claimed", {}).items():
        claimed = number(value)
        follows = {
            "lower": claimed <= proof.lower,
            "upper": claimed >= proof.upper,
            "equals": claimed == proof.lower == proof.upper,
        }
        if not follows[key]:
            return f"the claimed {key} does not follow"
    return proof.failure()


def _check_poisson_counterexample(certificate: Mapping[str, Any]) -> str:
    """The claimed bound lies beyond the interval in which the expectation is proved to lie."""
    proof = PoissonCertificate.from_json(json.dumps(certificate["certificate"]))
    ((key, value),) = certificate["claimed"].items()
    claimed = number(value)
    above = key in ("lower", "equals") and claimed > proof.upper
    below = key in ("upper", "equals") and claimed < proof.lower
    if not (above or below):
        return "the claimed number does not lie beyond the proved interval"
    return proof.failure()


def _check_chain(certificate: Mapping[str, Any]) -> str:
    if not certificate["steps"]:
        return "a chain has no step"
    for step in certificate["steps"]:
        if problem := failure(step):
            return f"step {step.get('name', '?')!r}: {problem}"
    return ""


#: What is checked for each kind of certificate.
KINDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "identity": check_identity,
    "polynomial": check_polynomial,
    "substitution": check_substitution,
    "smt": check_smt,
    "interval": check_interval,
    "poisson-certificate": _check_poisson,
    "poisson-counterexample": _check_poisson_counterexample,
    "counterexample": check_counterexample,
    "chain": _check_chain,
}


def failure(certificate: Mapping[str, Any]) -> str:
    """What is wrong with a certificate; empty if it proves what it says.

    Parameters
    ----------
    certificate : mapping
        As read from JSON; ``kind`` is one of :data:`KINDS`.

    Raises
    ------
    MissingExtra
        If the kind needs a package that is not installed (z3).

    Examples
    --------
    >>> failure({"kind": "identity", "left": "(a + b)**2", "right": "a**2 + 2*a*b + b**2"})
    ''
    >>> failure({"kind": "identity", "left": "(a + b)**2", "right": "a**2 + b**2"})
    'the two sides differ'
    """
    kind = certificate.get("kind") if isinstance(certificate, Mapping) else None
    if not isinstance(kind, str) or kind not in KINDS:
        return f"kind {kind!r} is not one of {', '.join(KINDS)}"
    try:
        return KINDS[kind](certificate)
    except InputError as problem:
        return str(problem)
    except MissingExtra:
        raise
    except Exception as bad:  # whatever a corrupted certificate does, it is rejected
        return f"the certificate cannot be read ({type(bad).__name__}: {bad})"
