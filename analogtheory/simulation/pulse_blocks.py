"""A Pulse step as blocks: see :mod:`analogtheory.simulation.fidelity` for what it does."""

from __future__ import annotations

from dataclasses import dataclass, fields

from analogtheory.dynamics import Pulse
from analogtheory.kernels.blocks import Alternate, Block, Repeat
from analogtheory.kernels.statements import Builder, Operand
from analogtheory.philox import COUNT_STREAM, CYCLE_STREAM, MERGED_STREAM
from analogtheory.responses.formulas import ElementwiseFunction
from analogtheory.simulation.body import NOT_FINITE, PULSE_NOT_FINITE, TOO_MANY, Body
from analogtheory.simulation.fidelity import MOST_PULSES, ROUNDING, ROUNDING_SINGLE
from analogtheory.simulation.merged import can_merge, direction, longest, merged_update, slope
from analogtheory.simulation.program import step_body, step_target
from analogtheory.simulation.random_blocks import normal_pairs, uniform
from analogtheory.simulation.settings import Settings


def count_streams(settings: Settings) -> list[int]:
    """The streams of the uniform numbers that the numbers of pulses are drawn with."""
    if settings.fidelity.kind not in ("rounded", "pulsed"):
        return []
    return [COUNT_STREAM + number for number in range(sum(settings.pulse_steps().values()))]


def merged_streams(settings: Settings) -> list[int]:
    """The streams of the normal numbers of updates whose pulses are executed together."""
    fidelity = settings.fidelity
    if not fidelity.is_noisy:
        return []
    steps = [step for step in settings.dynamics.steps if isinstance(step, Pulse)]
    return [MERGED_STREAM + k for k, s in enumerate(steps) if can_merge(s.response, fidelity)]


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
    return body.builder.clip(target, *_ends(body, position, step))


def _ends(body: Body, position: int, step: Pulse) -> tuple[Operand, Operand]:
    low, high = step.response.range
    return body.quantity(f"low {position}", low), body.quantity(f"high {position}", high)


def merged_row(stream: int) -> str:
    """The row of the normal number of a stream."""
    return f"merged {stream}"


#: Slots of a train that the search for a count goes through at a time.
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


class _Pulses:
    """The fidelities that have pulses.

    The row "direction" is 1 or −1 for pulses up or down, and 2 or −2 after the weight was cut
    at an end of the range.
    """

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
        merges = can_merge(self._step.response, self._fidelity)
        left = "left" if merges else "count"
        if merges:
            self._merge(left)
        self._body.close()
        before, pairs = self._body.captured(), self._pairs(left)
        self._body.emit(*before, Repeat("pairs", left, pairs, stride=2, are_few=merges))
        self._counters()

    # ------------------------------------------------------------------ how many pulses

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
        first = length % SLOTS or SLOTS
        first += SLOTS if first < min(SLOTS, length) else 0
        above = search.go_on(b, [(length - slot) / (slot + 1) for slot in range(first)])
        b.store("going", b.op("select", above, 1.0, 0.0))
        search.store(b)
        self._slots_left = length - first

    def _train(self, later: frozenset[str]) -> None:
        """Inversion of the binomial distribution, until no lane goes further."""
        body, length = self._body, float(self._fidelity.train_length)
        body.close(later)
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

    # ------------------------------------------------------------------ the pulses

    def _merge(self, left: str) -> None:
        """All pulses together where that is exact; a row for how many are left."""
        body, b, response = self._body, self._body.builder, self._step.response
        low, high = _ends(body, self._position, self._step)
        up = b.op("gt", b.op("load", "direction"), 0.0)
        w, count = body.value_of(self._name), b.op("load", "count")

        fidelity = self._fidelity
        size, q = body.quantity("dw_min", fidelity.pulse), (response.q_up, response.q_down)
        noise: tuple[Operand, ...] = ()
        if fidelity.is_noisy:
            noise = (body.quantity("cycle_noise", fidelity.noise),)

        def value(rule: ElementwiseFunction, at: Operand) -> Operand:
            return body.response(rule, at, self._position)

        def common(rule: ElementwiseFunction, is_up: bool) -> tuple[str, ...]:
            rise = value(slope(rule), w)
            signed = rise if is_up else b.op("neg", rise)
            function = direction(body.precision, is_noisy=fidelity.is_noisy)
            return b.call(function, signed, value(rule, low), value(rule, high), size, *noise)

        both = zip(common(q[0], True), common(q[1], False), strict=True)
        if fidelity.is_noisy:
            noise += (b.op("load", merged_row(MERGED_STREAM + self._number)),)
        moved, is_exact = b.call(
            merged_update(body.precision, longest(fidelity), is_noisy=fidelity.is_noisy),
            w, up, count, b.op("select", up, value(q[0], w), value(q[1], w)),
            *(b.op("select", up, *pair) for pair in both), size, low, high, *noise,
        )  # fmt: skip
        body.set_state(self._name, b.op("select", is_exact, moved, w))
        b.store(left, b.op("select", is_exact, 0.0, count))

    def _pairs(self, left: str) -> tuple[Block, ...]:
        """Two pulses: a Philox counter serves one or two such pairs."""
        body = self._body
        if not self._fidelity.is_noisy:
            self._two_pulses((0.0, 0.0), left)
            return tuple(body.captured())
        stream = CYCLE_STREAM + self._number
        index = "pairs_word" if body.precision == 64 else "pairs_pair"
        rows = "cycle 0", "cycle 1"
        ways: list[tuple[Block, ...]] = []
        pulses: tuple[Block, ...] = ()  # the same for every pair
        for pair in normal_pairs(body, ("step_word", stream, index), "cycle"):
            # a loop of its own for the normal numbers: in a longer one the processor would wait
            for row, z in zip(rows, pair, strict=True):
                body.builder.store(row, z)
            body.close()
            numbers = tuple(body.captured())
            if not pulses:
                self._two_pulses(tuple(body.builder.op("load", row) for row in rows), left)
                pulses = tuple(body.captured())
            ways.append(numbers + pulses)
        return ways[0] if len(ways) == 1 else (Alternate("pairs", tuple(ways)),)

    def _two_pulses(self, noise: tuple[Operand, ...], left: str) -> None:
        body, b = self._body, self._body.builder
        w: Operand = body.value_of(self._name)
        direction: Operand = b.op("load", "direction")
        up = b.op("gt", direction, 0.0)
        count, first = b.op("load", left), b.op("mul", 2.0, "pairs_real")
        for number, z in zip((first, b.op("add", first, 1.0)), noise, strict=True):
            active = b.op("lt", number, count)
            target, kept = self._one_pulse(w, up, active, z)
            was_cut = b.op("and", active, b.op("ne", kept, target))
            direction = b.op("select", was_cut, b.op("select", up, 2.0, -2.0), direction)
            w = b.op("select", active, kept, w)
        b.store("direction", direction)
        body.set_state(self._name, w)
        body.close()

    def _one_pulse(self, w: Operand, up: str, active: str, z: Operand) -> tuple[str, str]:
        """Where a pulse leads, and the same within the range."""
        body, b, position = self._body, self._body.builder, self._position
        response = self._step.response
        q_up = body.response(response.q_up, w, position)
        q_down = body.response(response.q_down, w, position)
        q = self._noisy(b.op("select", up, q_up, q_down), z)
        step = b.op("mul", body.quantity("dw_min", self._fidelity.pulse), q)
        target = b.op("select", up, b.op("add", w, step), b.op("sub", w, step))
        usable = b.op("or", b.is_finite(target), b.op("not", active))
        body.fail_unless(usable, position, PULSE_NOT_FINITE)
        return target, _clipped(body, position, self._step, target)

    def _noisy(self, q: Operand, z: Operand) -> Operand:
        if not self._fidelity.is_noisy:
            return q
        b = self._body.builder
        noise = self._body.quantity("cycle_noise", self._fidelity.noise)
        relative = b.op("mul", noise, z)
        if self._fidelity.multiplicative_noise:
            return b.op("mul", q, b.op("add", 1.0, relative))
        return b.op("add", q, relative)

    def _counters(self) -> None:
        b = self._body.builder
        was_cut = b.op("gt", b.op("abs", b.op("load", "direction")), 1.5)
        self._body.count("clipped", self._name, b.op("select", was_cut, 1.0, 0.0))
        self._body.count("pulses", self._name, b.op("load", "count"))
