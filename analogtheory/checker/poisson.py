"""A Poisson certificate, and its checker, which shares no code with the construction.

For ANY function h on a forward-invariant interval I, a stationary law π on I satisfies
E_π(P h) = E_π h, hence E_π f − c = E_π(f − c − h + P h) and (methods, section 2)

    |E_π f − c| ≤ sup_I |f − c − h + P h|.

Everything here is a polynomial with rational coefficients. The checker recomputes P h
from the stored rationals with Python's fractions alone, shows that I is forward-invariant
and that no branch changes its sign on it, and bounds the residual by its Bernstein
coefficients (a polynomial on [0, 1] lies between the least and the greatest of them).
"""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from analogtheory.checker.expressions import number
from analogtheory.errors import InputError

#: Coefficients of a polynomial in w, constant first.
Coefficients = tuple[Fraction, ...]

#: Bisections of the interval that the checker tries before it gives up.
_DEEPEST = 10


@dataclass(frozen=True)
class PoissonCertificate:
    """|E_π f − center| ≤ half_width for every stationary law π on the interval.

    One iteration is w⁺ = w + Δ·q₊(w) for Δ ≥ 0 and w + Δ·q₋(w) for Δ < 0, with
    Δ = offset(w) + slope·ε.

    Attributes
    ----------
    interval : (Fraction, Fraction)
        I, forward-invariant.
    up, down : Coefficients
        q₊ and q₋.
    offset : Coefficients
    slope : Fraction
    atoms : tuple of (value, probability)
        Of ε; empty if ε is uniform.
    uniform : Fraction
        ε is uniform on [−uniform, uniform]; 0 if it has atoms.
    observable, h : Coefficients
        f and h.
    center, half_width : Fraction
    statement : str
        In words.
    """

    interval: tuple[Fraction, Fraction]
    up: Coefficients
    down: Coefficients
    offset: Coefficients
    slope: Fraction
    atoms: tuple[tuple[Fraction, Fraction], ...]
    uniform: Fraction
    observable: Coefficients
    h: Coefficients
    center: Fraction
    half_width: Fraction
    statement: str = ""

    @property
    def lower(self) -> Fraction:
        """A proved lower bound of E_π f."""
        return self.center - self.half_width

    @property
    def upper(self) -> Fraction:
        """A proved upper bound of E_π f."""
        return self.center + self.half_width

    def verify(self) -> bool:
        """Recompute everything from the stored rationals; True only if it is a proof."""
        return not self.failure()

    def failure(self) -> str:
        """What is wrong with the certificate; empty if nothing is."""
        return _failure(self)

    def to_json(self) -> str:
        """The certificate as JSON, every number a string of a rational."""
        data: dict[str, Any] = {"kind": "poisson-certificate", "statement": self.statement}
        for name in ("up", "down", "offset", "observable", "h"):
            data[name] = [str(c) for c in getattr(self, name)]
        data["interval"] = [str(end) for end in self.interval]
        data["atoms"] = [[str(value), str(share)] for value, share in self.atoms]
        for name in ("slope", "uniform", "center", "half_width"):
            data[name] = str(getattr(self, name))
        return json.dumps(data, indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> PoissonCertificate:
        """Read what :meth:`to_json` wrote.

        Raises
        ------
        InputError
            If it is not such a certificate.
        """
        try:
            data = json.loads(text)
            if data["kind"] != "poisson-certificate":
                raise InputError(f"certificate: kind {data['kind']!r} is not a Poisson certificate")
            low, high = _read(data["interval"])
            return cls(
                interval=(low, high),
                up=_read(data["up"]),
                down=_read(data["down"]),
                offset=_read(data["offset"]),
                slope=number(data["slope"]),
                atoms=tuple((v, p) for v, p in map(_read, data["atoms"])),
                uniform=number(data["uniform"]),
                observable=_read(data["observable"]),
                h=_read(data["h"]),
                center=number(data["center"]),
                half_width=number(data["half_width"]),
                statement=str(data["statement"]),
            )
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as problem:
            if isinstance(problem, InputError):
                raise
            raise InputError(f"certificate: cannot be read ({problem})") from problem


def _read(texts: Any) -> Coefficients:
    if not isinstance(texts, list):
        raise InputError("certificate: a polynomial is a list of rationals")
    return tuple(map(number, texts))


# ------------------------------------------------------------------ the checker


def _failure(c: PoissonCertificate) -> str:
    if not c.interval[0] < c.interval[1] or c.half_width < 0:
        return "the interval is empty or the half-width negative"
    if bool(c.atoms) == bool(c.uniform) or c.uniform < 0:
        return "the noise must either have atoms or be uniform"
    problem = _check_atoms(c) if c.atoms else _check_uniform(c)
    if problem:
        return problem
    image = _image_atoms(c) if c.atoms else _image_uniform(c)
    residual = _sum(c.observable, (-c.center,), _times((Fraction(-1),), c.h), image)
    for sign in (1, -1):
        if not _nonnegative(_sum((c.half_width,), _times((Fraction(sign),), residual)), c.interval):
            return "the residual f − c − h + P h exceeds the half-width"
    return ""


def _check_atoms(c: PoissonCertificate) -> str:
    if any(share <= 0 for _, share in c.atoms) or sum(p for _, p in c.atoms) != 1:
        return "the probabilities must be positive and sum to 1"
    for value, _ in c.atoms:
        change = _sum(c.offset, (c.slope * value,))
        sign = _sign(change, c.interval)
        if not _nonnegative(_times((Fraction(sign),), change), c.interval):
            return f"the change for ε = {value} is not shown to keep its sign"
        target = _sum((Fraction(0), Fraction(1)), _times(change, c.up if sign > 0 else c.down))
        if not _stays(target, c.interval):
            return f"the interval is not shown to be forward-invariant for ε = {value}"
    return ""


def _check_uniform(c: PoissonCertificate) -> str:
    reach = abs(c.slope) * c.uniform
    if reach == 0:
        return "the slope must not be 0"
    most, least = _sum(c.offset, (reach,)), _sum(c.offset, (-reach,))
    if not _nonnegative(most, c.interval) or not _nonpositive(least, c.interval):
        return "the extreme changes are not shown to keep their signs"
    if not _nonnegative(c.up, c.interval) or not _nonnegative(c.down, c.interval):
        return "the response is not shown to be positive"
    identity = (Fraction(0), Fraction(1))
    highest = _sum(identity, _times(most, c.up))
    lowest = _sum(identity, _times(least, c.down))
    if not _stays(highest, c.interval) or not _stays(lowest, c.interval):
        return "the interval is not shown to be forward-invariant"
    return ""


def _image_atoms(c: PoissonCertificate) -> Coefficients:
    """P h = Σ p·h(w + Δ·q)."""
    total: Coefficients = (Fraction(0),)
    for value, share in c.atoms:
        change = _sum(c.offset, (c.slope * value,))
        q = c.up if _sign(change, c.interval) > 0 else c.down
        target = _sum((Fraction(0), Fraction(1)), _times(change, q))
        composed: Coefficients = (Fraction(0),)
        for coefficient in reversed(c.h):
            composed = _sum(_times(composed, target), (coefficient,))
        total = _sum(total, _times((share,), composed))
    return total


def _image_uniform(c: PoissonCertificate) -> Coefficients:
    """P h = (1/2r)·[∫₀^{b+r} h(w + u·q₊) du + ∫_{b−r}^0 h(w + u·q₋) du], r = |slope|·a.

    Term by term: w^k ↦ Σ_j C(k, j)·w^{k−j}·q^j·U^{j+1}/(j+1) at the end U.
    """
    reach = abs(c.slope) * c.uniform
    total: Coefficients = (Fraction(0),)
    for end, q in ((reach, c.up), (-reach, c.down)):
        limit = _sum(c.offset, (end,))
        powers = [limit]  # q^j U^{j+1}
        for _ in c.h[1:]:
            powers.append(_times(_times(powers[-1], q), limit))
        for j, power in enumerate(powers):
            inner = tuple(c.h[k] * math.comb(k, j) for k in range(j, len(c.h)))
            weight = Fraction(1 if end > 0 else -1, j + 1) / (2 * reach)
            total = _sum(total, _times((weight,), _times(inner, power)))
    return total


def _sum(*terms: Coefficients) -> Coefficients:
    length = max(len(term) for term in terms)
    return tuple(
        sum((term[k] for term in terms if k < len(term)), Fraction(0)) for k in range(length)
    )


def _times(one: Coefficients, two: Coefficients) -> Coefficients:
    product = [Fraction(0)] * (len(one) + len(two) - 1)
    for i, a in enumerate(one):
        if a:
            for j, b in enumerate(two):
                product[i + j] += a * b
    return tuple(product)


def _sign(polynomial: Coefficients, interval: tuple[Fraction, Fraction]) -> int:
    """The sign in the middle of the interval."""
    middle = (interval[0] + interval[1]) / 2
    value = Fraction(0)
    for coefficient in reversed(polynomial):
        value = value * middle + coefficient
    return 1 if value >= 0 else -1


def _stays(target: Coefficients, interval: tuple[Fraction, Fraction]) -> bool:
    low, high = interval
    above = _sum(target, (-low,))
    below = _sum((high,), _times((Fraction(-1),), target))
    return _nonnegative(above, interval) and _nonnegative(below, interval)


def _nonpositive(polynomial: Coefficients, interval: tuple[Fraction, Fraction]) -> bool:
    return _nonnegative(_times((Fraction(-1),), polynomial), interval)


def _nonnegative(polynomial: Coefficients, interval: tuple[Fraction, Fraction]) -> bool:
    """Whether Bernstein coefficients show that the polynomial is ≥ 0 on the interval."""
    waiting = [(_bernstein(polynomial, interval), 0)]
    while waiting:
        ordinates, depth = waiting.pop()
        if min(ordinates) >= 0:
            continue
        if depth == _DEEPEST or ordinates[0] < 0 or ordinates[-1] < 0:
            return False
        waiting.extend((half, depth + 1) for half in _halves(ordinates))
    return True


def _bernstein(
    polynomial: Coefficients, interval: tuple[Fraction, Fraction]
) -> tuple[Fraction, ...]:
    low, high = interval
    scaled: Coefficients = (Fraction(0),)
    for coefficient in reversed(polynomial):  # Horner in w = low + (high − low)·t
        scaled = _sum(_times(scaled, (low, high - low)), (coefficient,))
    degree = len(scaled) - 1
    return tuple(
        sum(
            (Fraction(math.comb(j, i), math.comb(degree, i)) * scaled[i] for i in range(j + 1)),
            Fraction(0),
        )
        for j in range(degree + 1)
    )


def _halves(ordinates: tuple[Fraction, ...]) -> list[tuple[Fraction, ...]]:
    """De Casteljau's subdivision in the middle."""
    row, left, right = list(ordinates), [ordinates[0]], [ordinates[-1]]
    while len(row) > 1:
        row = [(a + b) / 2 for a, b in itertools.pairwise(row)]
        left.append(row[0])
        right.append(row[-1])
    return [tuple(left), tuple(reversed(right))]
