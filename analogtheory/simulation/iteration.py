"""One iteration of a Dynamics on a scalar objective as blocks of statements.

In double precision the same operations in the same order as
:mod:`analogtheory.simulation.program` and :mod:`analogtheory.simulation.fidelity`, which say
what they mean; tests hold the two against each other bit by bit. In single precision the
blocks are what defines the result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from analogtheory.dynamics import Let, Pulse
from analogtheory.kernels.formulas import UnsupportedFormula
from analogtheory.kernels.statements import Operand, closure
from analogtheory.simulation.body import NOT_FINITE, Body
from analogtheory.simulation.count_blocks import count_streams
from analogtheory.simulation.draws import Rule
from analogtheory.simulation.program import step_body, step_target
from analogtheory.simulation.pulse_blocks import (
    merged_row,
    merged_streams,
    write_pulse,
)
from analogtheory.simulation.random_blocks import draw_uniform, normal_numbers, uniform
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
    for stream in count_streams(settings):
        draw_uniform(body, stream)
    for stream in merged_streams(settings):
        _normal_draw(body, stream, merged_row(stream))
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


def _is_upper(body: Body, number: int, name: str, rule: Rule) -> str:
    """Whether a draw of two values takes the upper one.

    In single precision numbers next to 1 are 2⁻²⁴ apart, those next to 0 much less: there the
    small numbers are those of the rarer value.
    """
    b, lower = body.builder, rule.threshold
    if body.precision == 64:
        limit = body.quantity(f"threshold {name}", lower)
        return b.op("ge", uniform(body, number), limit)
    rarer = body.quantity(f"threshold {name}", min(lower, 1.0 - lower))
    is_rarer = b.op("lt", uniform(body, number), rarer)
    return b.op("not", is_rarer) if lower < 0.5 else is_rarer


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
    if rule.kind == "normal":
        sigma = body.rules[name].levels[0]
        _normal_draw(body, number, f"draw {name}", lambda: body.quantity(f"level 0 {name}", sigma))
        return
    if rule.kind != "zero":
        draw_uniform(body, number)
    b = body.builder
    levels = [body.quantity(f"level {k} {name}", level) for k, level in enumerate(rule.levels)]
    value: Operand = 0.0
    if rule.kind == "uniform":
        centred = b.op("sub", b.op("mul", 2.0, uniform(body, number)), 1.0)
        value = b.op("mul", levels[0], centred)
    elif rule.kind == "two":
        upper = _is_upper(body, number, name, rule)
        value = b.op("select", upper, levels[1], levels[0])
    b.store(f"draw {name}", value)
    body.close()


def _normal_draw(
    body: Body, stream: int, row: str, sigma: Callable[[], Operand] | None = None
) -> None:
    before = body.captured()
    index = "step_pair" if body.precision == 64 else "step_quad"
    body.emit(*before, normal_numbers(body, "step", (index, stream, 0), row, sigma))


def _symbols(steps: tuple[Any, ...]) -> frozenset[str]:
    return frozenset(str(symbol) for step in steps for symbol in step_body(step).free_symbols)
