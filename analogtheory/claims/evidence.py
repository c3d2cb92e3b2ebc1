"""What settles a claim, strongest first: proved, certified, exact, supported; or refuted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

import sympy

from analogtheory.prove.outcome import Certificate, Outcome, Proved, Refuted, Unknown

Level = Literal["proved", "certified", "exact", "supported", "refuted", "undecided"]
#: Levels at which a claim holds, strongest first.
HOLDS: tuple[Level, ...] = ("proved", "certified", "exact", "supported")


@dataclass(frozen=True)
class Step:
    """One step of a proof, or one comparison of numbers.

    Attributes
    ----------
    words : str
        What it shows.
    level : str
        How it was settled; "given" for an argument in words that nothing checks.
    detail : str
        The numbers, the counterexample, or the reason.
    """

    words: str
    level: Level | Literal["given"]
    detail: str = ""


@dataclass(frozen=True)
class Evidence:
    """How a claim was settled.

    Build one with :func:`conclude` from steps; the weakest step decides the level.

    Attributes
    ----------
    level : {"proved", "certified", "exact", "supported", "refuted", "undecided"}
        "proved": for all parameters that the hypotheses allow. "certified": on a box, or
        a number with a proved half-width. "exact": deterministic numerics with stated
        digits. "supported": sampling, with its size and error probability.
    value : float, str or None
        The key number of the claim.
    steps : tuple of Step
    certificates : tuple of dict
        Re-checked by :mod:`analogtheory.checker` whenever the ledger runs.
    counterexample : dict or None
        Of a refuted claim: a certificate of kind ``counterexample``, or the two numbers.
    domain : str
        Where it holds.
    needs : str
        The extra without which it stays undecided, or "".
    """

    level: Level
    value: float | str | None = None
    steps: tuple[Step, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    counterexample: Certificate | None = None
    domain: str = ""
    needs: str = ""

    @property
    def holds(self) -> bool:
        """Whether the claim holds by this evidence."""
        return self.level in HOLDS

    @property
    def reason(self) -> str:
        """Why it is refuted or undecided; empty if it holds."""
        for step in self.steps:
            if step.level == self.level and not self.holds:
                return f"{step.words}: {step.detail}"
        return ""


@dataclass(frozen=True)
class Settled:
    """A step with what it leaves behind; made by :func:`lemma` and its neighbours."""

    step: Step
    certificates: tuple[Certificate, ...] = ()
    counterexample: Certificate | None = None
    domain: str = ""
    needs: str = ""
    value: Any = None


def lemma(words: str, outcome: Outcome) -> Settled:
    """A step that a prover settled: `outcome` is its answer."""
    match outcome:
        case Proved(certificate, domain):
            level: Level = "proved" if domain == "all parameters" else "certified"
            named = {**certificate, "name": certificate.get("name") or words}
            return Settled(Step(words, level, ""), (named,), domain=domain)
        case Refuted(counterexample):
            detail = _broken(counterexample)
            return Settled(Step(words, "refuted", detail), counterexample=counterexample)
        case Unknown(reason, needs):
            return Settled(Step(words, "undecided", reason), needs=needs)


def _broken(counterexample: Certificate) -> str:
    """The point at which a statement is false."""
    point: Mapping[str, Any] = counterexample.get("point", {})
    return "false at " + ", ".join(f"{name} = {value}" for name, value in point.items())


def remark(words: str, detail: str = "") -> Settled:
    """A step in words that nothing here checks: say so, and keep it short."""
    return Settled(Step(words, "given", detail))


def agrees(
    words: str, value: Any, expected: Any, *, tolerance: float, level: Level = "exact"
) -> Settled:
    """|value − expected| ≤ tolerance, by deterministic numerics.

    Parameters
    ----------
    tolerance : float
        The stated error of both numbers together; say where it comes from in `words`.
    """
    gap = abs(float(value) - float(expected))
    return _compared(words, gap <= tolerance, value, expected, f"±{tolerance:.1g}", level)


def at_most(
    words: str, value: Any, bound: Any, *, tolerance: float = 0.0, level: Level = "exact"
) -> Settled:
    """value ≤ bound + tolerance, by deterministic numerics."""
    holds = float(value) <= float(bound) + tolerance
    return _compared(words, holds, value, bound, "at most", level)


def at_least(
    words: str, value: Any, bound: Any, *, tolerance: float = 0.0, level: Level = "exact"
) -> Settled:
    """value ≥ bound − tolerance, by deterministic numerics."""
    holds = float(value) >= float(bound) - tolerance
    return _compared(words, holds, value, bound, "at least", level)


def _compared(
    words: str, holds: bool, value: Any, expected: Any, how: str, level: Level
) -> Settled:
    shown, aim = show_number(value), show_number(expected)
    if not (math.isfinite(float(value)) and math.isfinite(float(expected))):
        return Settled(Step(words, "undecided", f"{value} against {expected}: not finite"))
    detail = f"{shown}, claimed {aim} ({how})"
    if holds:
        return Settled(Step(words, level, detail), value=value)
    return Settled(
        Step(words, "refuted", detail),
        counterexample={"kind": "numbers", "computed": shown, "claimed": aim, "relation": how},
    )


def holds_exactly(
    words: str, condition: Any, detail: str = "", *, level: Level = "exact"
) -> Settled:
    """A condition decided in exact arithmetic or by enclosures; None is undecided.

    Prefer :func:`lemma`, which leaves a certificate that can be re-checked.
    """
    if condition is None:
        return Settled(Step(words, "undecided", detail or "stayed undecided"))
    if bool(condition):
        return Settled(Step(words, level, detail))
    return Settled(
        Step(words, "refuted", detail or "false"),
        counterexample={"kind": "exact", "found": detail or "the condition is false"},
    )


def supported(
    words: str, holds: bool | None, *, samples: int, error_probability: float, detail: str = ""
) -> Settled:
    """A statistical comparison; `holds` None where the sample does not decide."""
    text = f"{detail}; n = {samples}, error probability {error_probability:.1g}".lstrip("; ")
    if holds is None:
        return Settled(Step(words, "undecided", text))
    if holds:
        return Settled(Step(words, "supported", text))
    return Settled(Step(words, "refuted", text), counterexample={"kind": "sample", "found": text})


_RANK: dict[str, int] = {
    "given": 0, "proved": 1, "certified": 2, "exact": 3, "supported": 4,
    "undecided": 5, "refuted": 6,
}  # fmt: skip


def conclude(*settled: Settled, value: Any = None, domain: str = "") -> Evidence:
    """Evidence from its steps: the weakest one decides.

    Parameters
    ----------
    *settled : steps
        From :func:`lemma`, :func:`agrees`, :func:`at_most`, :func:`at_least`,
        :func:`holds_exactly`, :func:`supported`, :func:`remark`.
    value : number or str, optional
        The key number of the claim; otherwise that of the first comparison.
    domain : str, optional
        Where it holds; otherwise what the provers said.

    Examples
    --------
    >>> conclude(agrees("2 + 2", 4, 4, tolerance=0)).level
    'exact'
    >>> conclude(agrees("2 + 2", 5, 4, tolerance=0)).reason
    '2 + 2: 5, claimed 4 (±0)'
    """
    if not any(part.step.level != "given" for part in settled):
        raise ValueError("conclude: evidence needs a step that is checked")
    worst = max(settled, key=lambda part: _RANK[part.step.level])
    numbers = [part.value for part in settled if part.value is not None]
    domains = list(dict.fromkeys(part.domain for part in settled if part.domain))
    level = worst.step.level
    assert level != "given"
    return Evidence(
        level=level,
        value=_plain(value if value is not None else numbers[0] if numbers else None),
        steps=tuple(part.step for part in settled),
        certificates=tuple(c for part in settled for c in part.certificates),
        counterexample=worst.counterexample,
        domain=domain or "; ".join(domains),
        needs=_missing_extra(settled) if level == "undecided" else "",
    )


def _missing_extra(settled: tuple[Settled, ...]) -> str:
    """The extra that would decide; "" if an undecided step does not wait for one."""
    wanted = [part.needs for part in settled if part.step.level == "undecided"]
    return wanted[0] if all(wanted) else ""


def with_failure(evidence: Evidence, problem: str) -> Evidence:
    """The evidence with a certificate that the checker rejected."""
    step = Step("the independent checker re-checks every certificate", "undecided", problem)
    return replace(evidence, level="undecided", steps=(step, *evidence.steps), needs="")


def _plain(value: Any) -> float | str | None:
    """A number as float where that is exact enough to show, texts as they are."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Fraction | sympy.Rational):
        return str(value)
    if isinstance(value, sympy.Basic) and value.free_symbols:
        return str(value)
    return float(value)


def show_number(value: Any) -> str:
    """Short and exact where it is a rational with few digits."""
    if isinstance(value, int | Fraction | sympy.Rational) and len(str(value)) <= 16:
        return str(value)
    return f"{float(value):.10g}"
