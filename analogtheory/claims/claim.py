"""A claim: a statement with its source, hypotheses, evidence and broken twins."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from analogtheory.claims.evidence import Evidence
from analogtheory.prove.facts import Fact

Form = Literal["printed", "repaired", "derived"]
Provenance = Literal["read", "recalled", "derived"]
Expected = Literal["holds", "refuted"]

#: Papers by arXiv number.
PAPERS: Mapping[str, str] = MappingProxyType(
    {
        "1909.07908": "Algorithm for Training Neural Networks on Resistive Device Arrays",
        "2201.13377": "Neural Network Training with Asymmetric Crosspoint Elements",
        "2303.04721": "Fast offset corrected in-memory training",
        "2406.12774": "Towards Exact Gradient-based Training on Analog In-memory Computing",
        "2502.06309": "Analog In-memory Training on General Non-ideal Resistive Elements",
        "2602.21321": "Dynamic Symmetric Point Tracking",
    }
)


@dataclass(frozen=True)
class Source:
    """Where a statement comes from.

    Attributes
    ----------
    paper : str
        arXiv number, a reference, or "" for what was derived here.
    where : str
        Theorem or equation number; or what it was derived from.
    provenance : {"read", "recalled", "derived"}
        "read" in the paper's text; "recalled", known only from memory or from what another
        paper restates; "derived" in this project.
    """

    paper: str
    where: str
    provenance: Provenance = "read"

    def __str__(self) -> str:
        place = f"arXiv:{self.paper}" if re.fullmatch(r"\d{4}\.\d{5}", self.paper) else self.paper
        text = ", ".join(part for part in (place, self.where) if part)
        return text if self.provenance == "read" else f"{text} ({self.provenance})"


def derived(where: str, paper: str = "") -> Source:
    """A statement derived in this project; `where` says from what."""
    return Source(paper, where, "derived")


@dataclass(frozen=True)
class Hypothesis:
    """A condition that a claim needs, as words and as a predicate that can be checked.

    Attributes
    ----------
    words : str
    facts : tuple of Fact
        What it says about the symbols of the claim; the proof uses these very facts.
    predicate : callable, optional
        ``predicate(problem) -> bool`` for a concrete problem (a
        :class:`analogtheory.verdicts.problem.Problem`).
    """

    words: str
    facts: tuple[Fact, ...] = ()
    predicate: Callable[[Any], bool] | None = None

    def holds(self, **values: Any) -> bool | None:
        """Whether the facts hold for rational values of the symbols (exact arithmetic).

        None if one of them stays undecided, or if there is no fact.
        """
        found = [fact.holds(values) for fact in self.facts]
        if False in found:
            return False
        return None if None in found or not found else True


def hypothesis(words: str, *facts: Fact, predicate: Any = None) -> Hypothesis:
    """A hypothesis with its facts, for short."""
    return Hypothesis(words, tuple(facts), predicate)


def facts_of(hypotheses: Sequence[Hypothesis], *, drop: str = "") -> tuple[Fact, ...]:
    """The facts of hypotheses; `drop` leaves out those whose words contain a text.

    Raises
    ------
    ValueError
        If `drop` matches no hypothesis, so that a twin cannot be broken by a typing error.
    """
    if drop and not any(drop in h.words for h in hypotheses):
        raise ValueError(f"drop: no hypothesis contains {drop!r}")
    return tuple(f for h in hypotheses if not (drop and drop in h.words) for f in h.facts)


@dataclass(frozen=True)
class Twin:
    """The claim with one thing changed, which the same evidence must reject.

    Attributes
    ----------
    change : str
        What is changed, in words.
    constants : dict
        Keyword arguments for the claim's function.
    """

    change: str
    constants: Mapping[str, Any]


def twin(change: str, /, **constants: Any) -> Twin:
    """A twin, for short."""
    if not constants:
        raise ValueError(f"twin {change!r}: change at least one keyword argument of the claim")
    return Twin(change, constants)


@dataclass(frozen=True)
class Run:
    """How the ledger is run; passed to every claim.

    Attributes
    ----------
    quick : bool
        Smaller grids and samples.
    seed : int
        For what remains random.
    error_probability : float
        False-alarm probability that one statistical comparison may use.
    """

    quick: bool = False
    seed: int = 1
    error_probability: float = 1e-8


@dataclass(frozen=True)
class Claim:
    """A statement that can fail; made by the decorator :func:`claim`.

    Attributes
    ----------
    id : str
        Lower case with hyphens.
    source : Source
    form : {"printed", "repaired", "derived"}
    statement, latex : str
        In words, and typeset.
    hypotheses : tuple of Hypothesis
    twins : tuple of Twin
    evidence : callable
        ``evidence(run, **constants) -> Evidence``.
    expected : {"holds", "refuted"}
        "refuted" for a printed statement that is on record as false.
    readings : tuple of str
        Charitable readings of a printed statement that were tried, each with its outcome.
    repaired_by : str
        Id of the claim that repairs it.
    consequence : str
        What the error changes in the results that use it.
    """

    id: str
    source: Source
    form: Form
    statement: str
    latex: str
    hypotheses: tuple[Hypothesis, ...]
    twins: tuple[Twin, ...]
    evidence: Callable[..., Evidence]
    expected: Expected = "holds"
    readings: tuple[str, ...] = ()
    repaired_by: str = ""
    consequence: str = ""

    def run(self, run: Run, twin: Twin | None = None) -> Evidence:
        """The evidence, of the claim or of one of its twins."""
        return self.evidence(run, **(twin.constants if twin else {}))

    def is_as_expected(self, evidence: Evidence) -> bool | None:
        """Whether the evidence is what the ledger has on record; None if undecided."""
        if evidence.level == "undecided":
            return None
        return evidence.holds == (self.expected == "holds")

    def is_rejected(self, evidence: Evidence) -> bool | None:
        """Whether a twin's evidence rejects it; None if undecided.

        The twin of a claim that holds must be refuted. The twin of a printed statement on
        record as refuted carries the repair, and the refutation must not reach it.
        """
        if evidence.level == "undecided":
            return None
        return evidence.holds == (self.expected == "refuted")


def claim(
    id: str,
    *,
    source: Source,
    form: Form,
    statement: str,
    latex: str,
    hypotheses: Sequence[Hypothesis],
    twins: Sequence[Twin],
    expected: Expected = "holds",
    readings: Sequence[str] = (),
    repaired_by: str = "",
    consequence: str = "",
) -> Callable[[Callable[..., Evidence]], Claim]:
    """Make a claim of a function ``evidence(run, **constants) -> Evidence``.

    The constants of the statement are keyword arguments of the function, with the
    statement's own values as defaults; a twin is a call with other values.

    Raises
    ------
    ValueError
        If the claim has no twin, or is not complete.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", id):
        raise ValueError(f"claim id {id!r}: use lower-case words joined by hyphens")
    if not twins:
        raise ValueError(f"claim {id}: needs at least one broken twin")
    if expected == "refuted" and not (form == "printed" and repaired_by and consequence):
        raise ValueError(
            f"claim {id}: a refuted claim is a printed one, with repaired_by and consequence"
        )
    if not all(isinstance(h, Hypothesis) for h in hypotheses):
        raise ValueError(f"claim {id}: hypotheses must be Hypothesis objects")

    def make(function: Callable[..., Evidence]) -> Claim:
        return Claim(
            id=id,
            source=source,
            form=form,
            statement=statement,
            latex=latex,
            hypotheses=tuple(hypotheses),
            twins=tuple(twins),
            evidence=function,
            expected=expected,
            readings=tuple(readings),
            repaired_by=repaired_by,
            consequence=consequence,
        )

    return make
