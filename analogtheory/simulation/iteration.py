"""One iteration of a Dynamics on a scalar objective as blocks of statements.

The same operations in the same order as :mod:`analogtheory.simulation.program` and
:mod:`analogtheory.simulation.fidelity`, which say what they mean; tests hold the two
against each other bit by bit.
"""

from __future__ import annotations

from typing import Any

import sympy

from analogtheory.dynamics import Let, Pulse
from analogtheory.kernels import elementary
from analogtheory.kernels.blocks import Alternate
from analogtheory.kernels.formulas import UnsupportedFormula
from analogtheory.kernels.statements import Operand, closure
from analogtheory.simulation.body import NOT_FINITE, Body
from analogtheory.simulation.draws import Rule
from analogtheory.simulation.program import step_body, step_target
from analogtheory.simulation.pulse_blocks import write_pulse
from analogtheory.simulation.settings import Settings


def written(settings: Settings) -> Body:
    """The whole simulation as blocks.

    Raises
    ------
    UnsupportedFormula
        If the objective is no scalar formula, a formula has no statements, or an
        observable or a law is a Python function.
    """
    body = Body(settings)
    _observe(body)
    for number, (name, rule) in enumerate(body.rules.items()):
        _draw(body, number, name, rule)
    steps = settings.dynamics.steps
    for position, step in enumerate(steps):
        if isinstance(step, Pulse):
            write_pulse(body, position, step, _symbols(steps[position + 1 :]))
        elif isinstance(step, Let):
            body.name_value(step_target(step), body.formula(step_body(step)))
        else:
            value = body.formula(step_body(step))
            body.fail_unless(body.builder.is_finite(value), position, NOT_FINITE)
            body.set_state(step_target(step), value)
    body.close()
    program = body.program
    program.blocks = body.captured()
    program.columns = list(body.columns)
    program.constants = len(body.constants.names)
    program.functions = closure(body.functions.values())
    return body


def _observe(body: Body) -> None:
    for name, what in body.settings.observe.items():
        if not isinstance(what, sympy.Basic):
            raise UnsupportedFormula(f"observable {name!r} is a Python function")
        row = f"sum {name}"
        body.program.sums.append(row)
        body.builder.accumulate(row, body.formula(what))
    body.close()
    body.program.observing = body.captured()


def _draw(body: Body, number: int, name: str, rule: Rule) -> None:
    if rule.kind == "inversion":
        raise UnsupportedFormula(f"noise {rule.law.spec!r} is not one of this package")
    levels = [body.quantity(f"level {k} {name}", level) for k, level in enumerate(rule.levels)]
    if rule.kind == "normal":
        _normal_draw(body, number, f"draw {name}", levels[0])
        return
    b = body.builder
    value: Operand = 0.0
    if rule.kind == "uniform":
        centred = b.op("sub", b.op("mul", 2.0, body.uniform(number)), 1.0)
        value = b.op("mul", levels[0], centred)
    elif rule.kind == "two":
        limit = body.quantity(f"threshold {name}", rule.threshold)
        upper = b.op("ge", body.uniform(number), limit)
        value = b.op("select", upper, levels[1], levels[0])
    b.store(f"draw {name}", value)
    body.close()


def _normal_draw(body: Body, number: int, row: str, sigma: Operand) -> None:
    """Two steps at a time: the second number of the pair waits in a row of its own."""
    before = body.captured()
    pair = body.builder.call(elementary.normal_pair(), *body.words("step_pair", number, 0))
    for name, z in zip((row, f"next {row}"), pair, strict=True):
        body.builder.store(name, body.builder.op("mul", sigma, z))
    body.close()
    even = tuple(body.captured())
    body.emit(*before, Alternate("step", (even, (body.copied(f"next {row}", row),))))


def _symbols(steps: tuple[Any, ...]) -> frozenset[str]:
    return frozenset(str(symbol) for step in steps for symbol in step_body(step).free_symbols)
