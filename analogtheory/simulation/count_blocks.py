"""How many pulses a Pulse step takes, as blocks: see :mod:`analogtheory.simulation.fidelity`."""

from __future__ import annotations

from dataclasses import dataclass, fields

from analogtheory.dynamics import Pulse
from analogtheory.kernels.blocks import Repeat
from analogtheory.kernels.statements import Builder, Operand
from analogtheory.philox import COUNT_STREAM
from analogtheory.simulation.body import NOT_FINITE, TOO_MANY, Body
from analogtheory.simulation.fidelity import MOST_PULSES, ROUNDING, ROUNDING_SINGLE
from analogtheory.simulation.program import step_body, step_target
from analogtheory.simulation.random_blocks import uniform
from analogtheory.simulation.settings import Settings


def count_streams(settings: Settings) -> list[int]:
    """The streams of the uniform numbers that the numbers of pulses are drawn with."""
    if settings.fidelity.kind not in ("rounded", "pulsed"):
        return []
    return [COUNT_STREAM + number for number in range(sum(settings.pulse_steps().values()))]


#: Slots of a train that the search for a count goes through at a time; all lanes go through the
#: first ones, which for most trains are enough.
SLOTS = 6


@dataclass
class Search:
    """The search for the least count with P(at most so many) ≥ u.

    Attributes
    ----------
    u, odds : Operand
        The quantile, and p/(1 − p).
    mass, total : Operand
        P(n) and P(at most n) after n slots.
    count : Operand
    """

    u: Operand
    odds: Operand
    mass: Operand
    total: Operand
    count: Operand = 0.0

    @classmethod
    def loaded(cls, b: Builder) -> Search:
        """As :meth:`store` left it."""
        return cls(*(b.op("load", field.name) for field in fields(cls)))

    def store(self, b: Builder, *names: str) -> None:
        """Keep some of the attributes, or all, in rows of their names."""
        for name in names or [field.name for field in fields(self)]:
            b.store(name, getattr(self, name))

    def go_on(self, b: Builder, factors: list[Operand]) -> str:
        """Some slots, given C(BL, n + 1)/C(BL, n) for each: whether the count goes on."""
        for factor in factors:
            above = b.op("gt", self.u, self.total)
            self.count = b.op("select", above, b.op("add", self.count, 1.0), self.count)
            self.mass = self._next_mass(b, factor)
            total = b.op("add", self.total, self.mass)
            if b.precision == 32:
                # a sum that does not grow any more can stay below u: there the tail ends
                total = b.op("select", b.op("gt", total, self.total), total, 2.0)
            self.total = total
        return above

    def _next_mass(self, b: Builder, factor: Operand) -> str:
        if b.precision == 32:  # so that one product waits for the last mass, not two
            return b.op("mul", self.mass, b.op("mul", factor, self.odds))
        return b.op("mul", b.op("mul", self.mass, factor), self.odds)


class Counts:
    """The rows "count", and "direction": 1 or −1 for pulses up or down.

    Parameters
    ----------
    body : Body
    position : int
        Of the Pulse step in the program.
    step : Pulse
    number : int
        Of the step among the Pulse steps.
    """

    def __init__(self, body: Body, position: int, step: Pulse, number: int):
        self._body, self._position, self._step, self._number = body, position, step, number
        self._fidelity, self._name = body.settings.fidelity, step_target(step)

    def write(self, later: frozenset[str]) -> None:
        """Write them; the lanes in which the count becomes known are left open."""
        self._wanted()
        self._body.close(later)
        if self._fidelity.kind == "pulsed":
            self._train()

    def _wanted(self) -> None:
        """The number of pulses, or the start of the search for it."""
        body, b = self._body, self._body.builder
        change = body.formula(step_body(self._step))
        body.fail_unless(b.is_finite(change), self._position, NOT_FINITE)
        pulse = body.quantity("dw_min", self._fidelity.pulse)
        wanted = b.op("div", b.op("abs", change), pulse)
        b.store("direction", b.op("select", b.op("gt", change, 0.0), 1.0, -1.0))
        if self._fidelity.kind == "pulsed":
            self._start_of_train(wanted)
            return
        few = b.op("le", wanted, float(MOST_PULSES))
        b.store("wanted", wanted)
        body.fail_unless(few, self._position, TOO_MANY, "wanted")
        b.store("count", self._whole(wanted))

    def _whole(self, wanted: str) -> Operand:
        b = self._body.builder
        if self._fidelity.kind == "ceiling":
            rounding = ROUNDING if self._body.precision == 64 else ROUNDING_SINGLE
            return b.op("ceil", b.op("mul", wanted, rounding))
        whole = b.op("floor", wanted)
        u = uniform(self._body, COUNT_STREAM + self._number)
        more = b.op("lt", u, b.op("sub", wanted, whole))
        return b.op("add", whole, b.op("select", more, 1.0, 0.0))

    def _start_of_train(self, wanted: str) -> None:
        body, b, length = self._body, self._body.builder, self._fidelity.train_length
        too_short = b.op("gt", wanted, float(length))
        body.count("truncated", self._name, b.op("select", too_short, 1.0, 0.0))
        ratio = b.op("div", wanted, float(length))
        probability = b.op("select", b.op("lt", ratio, 1.0), ratio, 1.0)
        mirrored = b.op("gt", probability, 0.5)
        p = b.op("select", mirrored, b.op("sub", 1.0, probability), probability)
        u = uniform(body, COUNT_STREAM + self._number)
        u = b.op("select", mirrored, b.op("sub", 1.0, u), u)
        # failures are counted from the left of the quantile, where an exact tie goes the other
        # way: u ≥ P is u⁺ > P for the next number u⁺
        next_u = b.op("unbits", b.op("uadd", b.op("bits", u), 1))
        if b.precision == 32:  # where 1 − u is rounded to 1, and P(BL) = 1 must not be passed
            next_u = b.op("select", b.op("gt", next_u, 1.0), 1.0, next_u)
        u = b.op("select", mirrored, next_u, u)
        q = b.op("sub", 1.0, p)
        mass = b.power(q, length)
        b.store("mirrored", b.op("select", mirrored, 1.0, 0.0))
        search = Search(u, b.op("div", p, q), mass, mass)
        first = min(length, length % SLOTS + SLOTS)
        above = search.go_on(b, [(length - slot) / (slot + 1) for slot in range(first)])
        b.store("going", b.op("select", above, 1.0, 0.0))
        search.store(b)
        self._slots_left = length - first

    def _train(self) -> None:
        """Inversion of the binomial distribution, until no lane goes further."""
        body, length = self._body, float(self._fidelity.train_length)
        if self._slots_left:
            before = body.captured()
            b = body.builder
            first = b.op("mul", "slots_real", float(SLOTS))
            slots = [b.op("add", first, length - self._slots_left + k) for k in range(SLOTS)]
            factors: list[Operand] = [
                b.op("div", b.op("sub", length, n), b.op("add", n, 1.0)) for n in slots
            ]
            search = Search.loaded(b)
            b.flag("going", search.go_on(b, factors))
            search.store(b, "mass", "total", "count")
            body.close()
            times, blocks = self._slots_left // SLOTS, tuple(body.captured())
            body.emit(*before, Repeat("slots", times, blocks, "going", results=("count",)))
        self._mirror_back(length)

    def _mirror_back(self, length: float) -> None:
        b = self._body.builder
        count = b.op("load", "count")
        mirrored = b.op("gt", b.op("load", "mirrored"), 0.5)
        b.store("count", b.op("select", mirrored, b.op("sub", length, count), count))
