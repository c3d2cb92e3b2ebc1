"""What a prover answers: never a bool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

#: A certificate or counterexample, as it stands in JSON.
Certificate: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Proved:
    """The statement is a theorem.

    Attributes
    ----------
    certificate : dict
        What :func:`analogtheory.checker.failure` re-checks.
    domain : str
        Where it holds: "all parameters" or the box.
    """

    certificate: Certificate
    domain: str = "all parameters"


@dataclass(frozen=True)
class Refuted:
    """The statement is false.

    Attributes
    ----------
    counterexample : dict
        A rational point, as a certificate of kind ``counterexample``.
    """

    counterexample: Certificate


@dataclass(frozen=True)
class Unknown:
    """Neither was shown.

    Attributes
    ----------
    reason : str
    needs : str
        The extra that would let the prover run, or "".
    """

    reason: str
    needs: str = ""


Outcome: TypeAlias = Proved | Refuted | Unknown
