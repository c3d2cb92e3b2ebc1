"""What the data cannot decide, in sentences."""

from __future__ import annotations

from analogtheory.responses.measured.bernstein import BernsteinStep
from analogtheory.responses.measured.families import ConstantStep
from analogtheory.responses.measured.ranking import Search

#: A BIC difference that counts as a decision (odds of e³ ≈ 20 to 1).
DECISIVE = 6.0
#: p-values below which the picked family is said not to fit, and not to be normal.
MISFIT, NOT_NORMAL = 0.001, 0.001


def ranking(search: Search) -> list[str]:
    """How sure the choice of the family is; nothing if a degree was asked for."""
    if search.degree is not None:
        return []
    said = [*_runner_up(search), *_constant(search)]
    family = search.best.family
    if isinstance(family, BernsteinStep):
        said.append(
            f"No family of the catalog describes the steps as well as the {family.name} polynomial."
        )
    return said


def _runner_up(search: Search) -> list[str]:
    """Another family explains the data about as well."""
    best = search.best
    other = next(c for c in search.eligible if c.family.name != best.family.name)
    gap = other.bic - best.bic
    if gap >= DECISIVE:
        return []
    return [
        f"The data cannot decide between {best.family.name} and {other.family.name}: "
        f"their BIC differs by {gap:.1f}, less than {DECISIVE:g}."
    ]


def _constant(search: Search) -> list[str]:
    """A constant step explains the data about as well."""
    constant = next(c for c in search.eligible if isinstance(c.family, ConstantStep))
    gap = constant.bic - search.best.bic
    if gap >= DECISIVE:
        return []
    return [
        "The step size is not distinguishable from a constant: the constant step's BIC "
        f"is {'the lowest' if gap == 0 else f'only {gap:.1f} higher'}."
    ]


def several_crossings(count: int) -> str:
    """Of several symmetric points one was chosen."""
    return (
        f"The fitted q₊ and q₋ cross {count} times; the symmetric point given is the "
        "attracting crossing nearest the middle of the range."
    )


def unbounded_symmetric_point(confidence: float) -> str:
    """The interval of the symmetric point ends only where the range does."""
    return (
        f"The {confidence:.0%} interval of the symmetric point reaches the end of "
        "the observed range: the data do not bound it on that side."
    )


def no_symmetric_point(possible: bool, confidence: float) -> str:
    """There is no symmetric point in the range, or none that the estimate knows of."""
    note = "The fitted q₊ and q₋ do not cross in the observed range: no symmetric point there"
    if possible:
        note += f", but at {confidence:.0%} confidence the data do not exclude one"
    return note + "."


def no_noise(name: str, confidence: float, limit: float, units: str) -> str:
    """A noise level may be zero."""
    return (
        f"The {name} is not distinguishable from zero; its {confidence:.0%} upper limit "
        f"is {limit:.3g} {units}."
    )


def slow_noise(level: float, memory: float) -> str:
    """There is slow noise, and it is not cycle-to-cycle noise."""
    return (
        f"The readings carry slow noise of standard deviation {level:.3g} that is forgotten in "
        f"{memory:.3g} pulses; it does not accumulate, so it is not cycle-to-cycle noise."
    )


def goodness(goodness: float, normality: float) -> list[str]:
    """The innovations, by their p-values, are correlated or not normal."""
    said = []
    if goodness < MISFIT:
        said.append(
            "No candidate fits: the innovations of the best one are correlated (Ljung-Box "
            f"p = {goodness:.2g}), so bands and intervals are too narrow."
        )
    if normality < NOT_NORMAL:
        said.append(
            f"The innovations are not normal (Jarque-Bera p = {normality:.2g}); bands and "
            "intervals are approximate."
        )
    return said
