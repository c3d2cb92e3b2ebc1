"""What builds operators: averaged updates, or pulsed ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analogtheory.stationary.averaged import averaged_operator, noise_nodes, operator_rows
from analogtheory.stationary.counts import PulseModel
from analogtheory.stationary.domain import Domain, Rest, around, averaged_moments, trap
from analogtheory.stationary.program import Program
from analogtheory.stationary.pulses import PulsedUpdate
from analogtheory.stationary.solution import Operator

Array = NDArray[np.float64]

#: Default of `max_nodes`, by number of states; for pulses, whose operator costs more.
MOST_NODES = {1: 512, 2: 2100}
MOST_NODES_PULSED = 192
#: Half-width of a domain cut around the law of one state, in standard deviations.
DEVIATIONS = 9.0


class Averaged:
    """Builds operators of the averaged update."""

    def __init__(self, program: Program):
        self.program = program
        self.most_nodes = MOST_NODES[len(program.states)]
        self.moments = averaged_moments(program)

    def candidates(self, found: list[Rest]) -> list[Domain]:
        """The trap around a single resting point, else the range; what is around the law."""
        whole = _whole_range(self.program)
        wide = trap(self.program, found[0].point) if len(found) == 1 else whole
        narrow = _around(found, wide)
        return [wide] if narrow is None else [wide, narrow]

    def build(self, domain: Domain, count: int) -> Operator:
        """The collocated operator."""
        return averaged_operator(self.program, domain, count)

    def first(self, operator: Operator, domain: Domain, start: tuple[float, ...]) -> Array:
        """h → E h(state at the cut of the first iteration)."""
        states = tuple(np.array([v]) for v in start)
        nodes = noise_nodes(operator.grid.axes[0].count)
        rows, _ = operator_rows(self.program, domain, operator.grid, states, nodes, from_cut=False)
        return np.asarray(rows[0])


class Pulsed:
    """Builds operators of pulsed updates."""

    def __init__(self, program: Program, model: PulseModel):
        self.program, self.update = program, PulsedUpdate(program, model)
        self.most_nodes = MOST_NODES_PULSED
        self.moments = self.update.moments

    def candidates(self, found: list[Rest]) -> list[Domain]:
        """What is around the law; the range."""
        whole = _whole_range(self.program)
        narrow = _around(found, whole)
        return [whole] if narrow is None else [narrow, whole]

    def build(self, domain: Domain, count: int) -> Operator:
        """The collocated operator."""
        return self.update.operator(domain, count)

    def first(self, operator: Operator, domain: Domain, start: tuple[float, ...]) -> Array:
        """h → E h(first state), by interpolation of P h."""
        row: Array = operator.grid.axes[0].basis(np.array(start))[0]
        first: Array = row @ operator.matrix
        return first


def _whole_range(program: Program) -> Domain:
    low, high = program.ranges[0]
    how = "the device's range, at whose ends the hardware clips"
    return Domain((low,), (high,), ((),), ((False, False),), how)


def _around(found: list[Rest], wide: Domain) -> Domain | None:
    """The law ± some standard deviations, if that is much less than the wide domain."""
    if not found:
        return None
    narrow = around(found, DEVIATIONS, wide.low[0], wide.high[0])
    share = (narrow.high[0] - narrow.low[0]) / (wide.high[0] - wide.low[0])
    return narrow if 0.0 < share < 0.9 else None
