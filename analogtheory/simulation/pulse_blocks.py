"""A Pulse step as blocks: see :mod:`analogtheory.simulation.fidelity` for what it does."""

from __future__ import annotations

from dataclasses import dataclass

from analogtheory.dynamics import Pulse
from analogtheory.kernels import elementary
from analogtheory.kernels.blocks import Alternate, Block, Lanes, Repeat
from analogtheory.kernels.statements import Builder, Operand
from analogtheory.philox import COUNT_STREAM, CYCLE_STREAM
from analogtheory.simulation.body import NOT_FINITE, PULSE_NOT_FINITE, TOO_MANY, Body
from analogtheory.simulation.fidelity import MOST_PULSES, ROUNDING
from analogtheory.simulation.program import step_body, step_target


def write_pulse(body: Body, position: int, step: Pulse, later: frozenset[str]) -> None:
    """Write a Pulse step at a position of the program.

    Parameters
    ----------
    body : Body
    position : int
    step : Pulse
    later : set of str
        The names that later steps use.
    """
    if body.settings.fidelity.kind == "averaged":
        _averaged(body, position, step)
    else:
        _Pulses(body, position, step).write(later)


def _averaged(body: Body, position: int, step: Pulse) -> None:
    b, name = body.builder, step_target(step)
    w, change = body.value_of(name), body.formula(step_body(step))
    symmetric = body.response(step.response.F, w, position)
    asymmetric = body.response(step.response.G, w, position)
    moved = b.op("add", w, b.op("mul", change, symmetric))
    target = b.op("sub", moved, b.op("mul", b.op("abs", change), asymmetric))
    body.fail_unless(b.is_finite(target), position, NOT_FINITE)
    kept = _clipped(body, position, step, target)
    body.count("clipped", name, b.op("select", b.op("ne", kept, target), 1.0, 0.0))
    body.set_state(name, kept)


def _clipped(body: Body, position: int, step: Pulse, target: Operand) -> str:
    low, high = step.response.range
    ends = body.quantity(f"low {position}", low), body.quantity(f"high {position}", high)
    return body.builder.clip(target, *ends)


#: Slots of a train that the search for a count goes through at a time.
SLOTS = 4


@dataclass
class Search:
    """The search for the binomial count at a quantile u; `total` is P(count ≤ slots so far)."""

    u: Operand
    mirrored: str
    mass: Operand
    odds: Operand
    total: Operand = ""
    count: Operand = 0.0

    def __post_init__(self) -> None:
        self.total = self.total or self.mass

    @classmethod
    def loaded(cls, b: Builder) -> Search:
        """As :meth:`store` left it."""
        mirrored = b.op("gt", b.op("load", "mirrored"), 0.5)
        rows = ("quantile", "mass", "odds", "total", "count")
        u, *others = (b.op("load", row) for row in rows)
        return cls(u, mirrored, *others)

    def store(self, b: Builder) -> None:
        """Keep everything in rows."""
        rows = {"quantile": self.u, "mass": self.mass, "odds": self.odds, "total": self.total}
        rows |= {"mirrored": b.op("select", self.mirrored, 1.0, 0.0), "count": self.count}
        for row, value in rows.items():
            b.store(row, value)

    def go_on(self, b: Builder, factor: Operand) -> str:
        """One slot: whether the count goes on, with the ratio of neighbouring coefficients."""
        # failures are counted from the left of the quantile: an exact tie goes the other way
        at_tie = b.op("and", self.mirrored, b.op("ge", self.u, self.total))
        above = b.op("or", at_tie, b.op("gt", self.u, self.total))
        self.count = b.op("add", self.count, b.op("select", above, 1.0, 0.0))
        self.mass = b.op("mul", b.op("mul", self.mass, factor), self.odds)
        self.total = b.op("add", self.total, self.mass)
        return above


class _Pulses:
    """The fidelities that have pulses."""

    def __init__(self, body: Body, position: int, step: Pulse):
        self._body, self._position, self._step = body, position, step
        self._fidelity, self._name = body.settings.fidelity, step_target(step)
        pulses = [k for k, s in enumerate(body.settings.dynamics.steps) if isinstance(s, Pulse)]
        self._number = pulses.index(position)

    def write(self, later: frozenset[str]) -> None:
        self._wanted()
        if self._fidelity.kind == "pulsed":
            self._train(later)
        else:
            self._body.close(later)
        before = self._body.captured()
        blocks = self._noise_blocks() if self._fidelity.is_noisy else []
        self._one_pulse()
        blocks += self._body.captured()
        self._body.emit(*before, Repeat("pulse", "count", tuple(blocks)))
        self._counters()

    # ------------------------------------------------------------------ how many pulses

    def _wanted(self) -> None:
        """The number of pulses, or the start of the search for it."""
        body, b = self._body, self._body.builder
        change = body.formula(step_body(self._step))
        body.fail_unless(b.is_finite(change), self._position, NOT_FINITE)
        pulse = body.quantity("dw_min", self._fidelity.pulse)
        wanted = b.op("div", b.op("abs", change), pulse)
        b.store("up", b.op("select", b.op("gt", change, 0.0), 1.0, 0.0))
        b.store("cut", 0.0)
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
            return b.op("ceil", b.op("mul", wanted, ROUNDING))
        whole = b.op("floor", wanted)
        u = self._body.uniform(COUNT_STREAM + self._number)
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
        u = body.uniform(COUNT_STREAM + self._number)
        u = b.op("select", mirrored, b.op("sub", 1.0, u), u)
        q = b.op("sub", 1.0, p)
        search = Search(u, mirrored, b.power(q, length), b.op("div", p, q))
        first = length % SLOTS or SLOTS
        for slot in range(first):
            search.go_on(b, (length - slot) / (slot + 1))
        search.store(b)
        self._slots_left = length - first

    def _train(self, later: frozenset[str]) -> None:
        """Inversion of the binomial distribution, until no lane goes further."""
        body, length = self._body, float(self._fidelity.train_length)
        body.close(later)
        if self._slots_left:
            before = body.captured()
            b = body.builder
            search = Search.loaded(b)
            done = length - self._slots_left
            for slot in range(SLOTS):
                n = b.op("add", b.op("mul", "slots_real", float(SLOTS)), done + slot)
                above = search.go_on(b, b.op("div", b.op("sub", length, n), b.op("add", n, 1.0)))
            b.flag("going", above)
            search.store(b)
            body.close()
            repeat = Repeat("slots", self._slots_left // SLOTS, tuple(body.captured()), "going")
            body.emit(*before, repeat)
        self._mirror_back(length)

    def _mirror_back(self, length: float) -> None:
        b = self._body.builder
        count = b.op("load", "count")
        mirrored = b.op("gt", b.op("load", "mirrored"), 0.5)
        b.store("count", b.op("select", mirrored, b.op("sub", length, count), count))
        self._body.close()

    # ------------------------------------------------------------------ the pulses

    def _noise_blocks(self) -> list[Block]:
        body = self._body
        words = body.words("step_word", CYCLE_STREAM + self._number, "pulse_pair")
        pair = body.builder.call(elementary.normal_pair(), *words)
        for row, z in zip(("cycle", "next cycle"), pair, strict=True):
            body.builder.store(row, z)
        body.close()
        odd: tuple[Lanes, ...] = (body.copied("next cycle", "cycle"),)
        return [Alternate("pulse", (tuple(body.captured()), odd))]

    def _one_pulse(self) -> None:
        body, b, position = self._body, self._body.builder, self._position
        w = body.value_of(self._name)
        active = b.op("lt", "pulse_real", b.op("load", "count"))
        up = b.op("gt", b.op("load", "up"), 0.5)
        response = self._step.response
        q_up = body.response(response.q_up, w, position)
        q_down = body.response(response.q_down, w, position)
        step = b.op("mul", body.quantity("dw_min", self._fidelity.pulse),
                    self._noisy(b.op("select", up, q_up, q_down)))  # fmt: skip
        target = b.op("select", up, b.op("add", w, step), b.op("sub", w, step))
        usable = b.op("or", b.is_finite(target), b.op("not", active))
        body.fail_unless(usable, position, PULSE_NOT_FINITE)
        kept = _clipped(body, position, self._step, target)
        was_cut = b.op("and", active, b.op("ne", kept, target))
        b.store("cut", b.op("select", was_cut, 1.0, b.op("load", "cut")))
        body.set_state(self._name, b.op("select", active, kept, w))
        body.close()

    def _noisy(self, q: Operand) -> Operand:
        if not self._fidelity.is_noisy:
            return q
        b = self._body.builder
        noise = self._body.quantity("cycle_noise", self._fidelity.noise)
        relative = b.op("mul", noise, b.op("load", "cycle"))
        if self._fidelity.multiplicative_noise:
            return b.op("mul", q, b.op("add", 1.0, relative))
        return b.op("add", q, relative)

    def _counters(self) -> None:
        b = self._body.builder
        self._body.count("clipped", self._name, b.op("load", "cut"))
        self._body.count("pulses", self._name, b.op("load", "count"))
