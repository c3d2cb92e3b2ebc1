"""A Pulse step as blocks: see :mod:`analogtheory.simulation.fidelity` for what it does."""

from __future__ import annotations

from analogtheory.dynamics import Pulse
from analogtheory.kernels.blocks import Alternate, Block, Repeat
from analogtheory.kernels.statements import Operand
from analogtheory.philox import CYCLE_STREAM, MERGED_STREAM
from analogtheory.responses.formulas import ElementwiseFunction
from analogtheory.simulation.body import NOT_FINITE, PULSE_NOT_FINITE, Body
from analogtheory.simulation.count_blocks import Counts
from analogtheory.simulation.merged import can_merge, direction, longest, merged_update, slope
from analogtheory.simulation.program import step_body, step_target
from analogtheory.simulation.random_blocks import normal_pairs
from analogtheory.simulation.settings import Settings


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


class _Pulses:
    """The fidelities that have pulses.

    The row "direction" is 1 or −1 for pulses up or down, and goes on to ±2, ±3, … each time that
    the weight is cut at an end of the range; it is no number any more after a pulse to what is
    not finite.
    """

    def __init__(self, body: Body, position: int, step: Pulse):
        self._body, self._position, self._step = body, position, step
        self._fidelity, self._name = body.settings.fidelity, step_target(step)
        pulses = [k for k, s in enumerate(body.settings.dynamics.steps) if isinstance(s, Pulse)]
        self._number = pulses.index(position)

    def write(self, later: frozenset[str]) -> None:
        Counts(self._body, self._position, self._step, self._number).write(later)
        merges = can_merge(self._step.response, self._fidelity)
        left = "left" if merges else "count"
        if merges:
            self._merge(left)
        self._body.close()
        before, pairs = self._body.captured(), self._pairs(left)
        self._body.emit(*before, Repeat("pairs", left, pairs, stride=2, are_few=merges))
        self._counters()

    # ------------------------------------------------------------------ all at once

    def _merge(self, left: str) -> None:
        """All pulses together where that is exact; a row for how many are left."""
        body, b, fidelity = self._body, self._body.builder, self._fidelity
        w, count = body.value_of(self._name), b.op("load", "count")
        up = b.op("gt", b.op("load", "direction"), 0.0)
        rules = self._step.response.q_up, self._step.response.q_down
        q = b.op("select", up, *(self._value(rule, w) for rule in rules))
        common = zip(self._direction(rules[0], True), self._direction(rules[1], False), strict=True)
        noise = self._noise()
        if noise:
            noise += (b.op("load", merged_row(MERGED_STREAM + self._number)),)
        moved, is_exact = b.call(
            merged_update(body.precision, longest(fidelity), is_noisy=fidelity.is_noisy),
            w, up, count, q, *(b.op("select", up, *pair) for pair in common),
            self._size(), *self._ends(), *noise,
        )  # fmt: skip
        body.set_state(self._name, b.op("select", is_exact, moved, w))
        b.store(left, b.op("select", is_exact, 0.0, count))

    def _direction(self, rule: ElementwiseFunction, is_up: bool) -> tuple[str, ...]:
        """See :func:`analogtheory.simulation.merged.direction`."""
        body, b = self._body, self._body.builder
        rise = self._value(slope(rule), 0.0)
        signed = rise if is_up else b.op("neg", rise)
        at_ends = (self._value(rule, end) for end in self._ends())
        function = direction(body.precision, is_noisy=self._fidelity.is_noisy)
        return b.call(function, signed, *at_ends, self._size(), *self._noise())

    def _value(self, rule: ElementwiseFunction, at: Operand) -> Operand:
        return self._body.response(rule, at, self._position)

    def _size(self) -> Operand:
        return self._body.quantity("dw_min", self._fidelity.pulse)

    def _noise(self) -> tuple[Operand, ...]:
        """σ_c, if there is noise."""
        if not self._fidelity.is_noisy:
            return ()
        return (self._body.quantity("cycle_noise", self._fidelity.noise),)

    def _ends(self) -> tuple[Operand, Operand]:
        return _ends(self._body, self._position, self._step)

    # ------------------------------------------------------------------ one by one

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
        heading: Operand = b.op("load", "direction")
        up = b.op("gt", heading, 0.0)
        sign = b.op("select", up, 1.0, -1.0)
        count, first = b.op("load", left), b.op("mul", 2.0, "pairs_real")
        for number, z in zip((first, b.op("add", first, 1.0)), noise, strict=True):
            active = b.op("lt", number, count)
            target = self._one_pulse(w, up, sign, z)
            kept = _clipped(body, self._position, self._step, target)
            # never equal to what is not finite, which a difference turns into what is no number
            was_cut = b.op("and", active, b.op("ne", kept, target))
            further = b.op("add", sign, b.op("sub", target, target))
            heading = b.op("select", was_cut, b.op("add", heading, further), heading)
            w = b.op("select", active, kept, w)
        b.store("direction", heading)
        body.set_state(self._name, w)
        body.close()

    def _one_pulse(self, w: Operand, up: str, sign: str, z: Operand) -> str:
        """Where a pulse leads, beyond the range if need be."""
        b, response = self._body.builder, self._step.response
        q_up, q_down = self._value(response.q_up, w), self._value(response.q_down, w)
        q = self._noisy(b.op("select", up, q_up, q_down), z)
        signed = b.op("mul", sign, self._size())
        return b.op("add", w, b.op("mul", signed, q))

    def _noisy(self, q: Operand, z: Operand) -> Operand:
        b = self._body.builder
        if not self._fidelity.is_noisy:
            return q
        relative = b.op("mul", *self._noise(), z)
        if self._fidelity.multiplicative_noise:
            return b.op("mul", q, b.op("add", 1.0, relative))
        return b.op("add", q, relative)

    def _counters(self) -> None:
        b = self._body.builder
        size = b.op("abs", b.op("load", "direction"))
        self._body.fail_unless(b.is_finite(size), self._position, PULSE_NOT_FINITE)
        was_cut = b.op("gt", size, 1.5)
        self._body.count("clipped", self._name, b.op("select", was_cut, 1.0, 0.0))
        self._body.count("pulses", self._name, b.op("load", "count"))
