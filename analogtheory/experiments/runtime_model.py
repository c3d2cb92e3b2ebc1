"""A model of time and memory of in-memory training: its assumptions, named and adjustable.

One update of one N × N layer takes (derived for this project; theory notes 6)

    t = l·t_pulse + ops_update/rate + (t_read + ops_transfer/rate + t_pulse)/n_s

where l is the number of pulses of an update, ops_update and ops_transfer count digital operations
per update and per transferred column, and n_s updates lie between two transfers. t_pulse = 5 ns,
t_read = 40 ns, N = 512 and 0.7 TFLOP/s shared by 4 arrays are assumptions of arXiv:2303.04721 as
third parties report them; its own times were not available, and none is printed here. Memory
traffic is taken to be hidden behind the arrays.

``python -m analogtheory.experiments.runtime_model --table [--set NAME=VALUE ...]`` prints the table
for other assumptions.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np

from analogtheory.errors import InputError
from analogtheory.experiments.core import (
    Array,
    Data,
    Experiment,
    Progress,
    Size,
    rounding,
    run_module,
)


@dataclass(frozen=True)
class Assumptions:
    """What the times depend on.

    Attributes
    ----------
    size : float
        N, rows and columns of the array.
    pulses : float
        l, pulses of one update.
    transfer_every : float
        n_s, updates between two transfers (of one column each).
    pulse_ns, read_ns : float
        One pulse slot; one read of a column (a matrix-vector product).
    digital_gflops : float
        Digital operations a nanosecond that one array can use: 0.7 TFLOP/s over 4 arrays.
    """

    size: float = 512.0
    pulses: float = 5.0
    transfer_every: float = 2.0
    pulse_ns: float = 5.0
    read_ns: float = 40.0
    digital_gflops: float = 175.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not value > 0:
                raise InputError(f"{name}: must be a positive number, got {value:g}")


@dataclass(frozen=True)
class Method:
    """What an algorithm costs, in units of N a column or update, and of m·n a layer.

    Attributes
    ----------
    label : str
    update, transfer : float
        Digital operations over N: of each update (maximum of |x| and |d|, chopping of x) and
        of each transferred column.
    dense : float
        Digital operations over N² of each update (mixed precision: an outer product).
    reads : bool
        Whether a column is read and written at each transfer.
    arrays, references : int
        Analog arrays of a layer, and reference arrays.
    words, bits : float
        Digital memory of an m × n layer: words over m·n, chopper bits over n.
    """

    label: str
    update: float
    transfer: float
    dense: float
    reads: bool
    arrays: int
    references: int
    words: float
    bits: float


#: Counts of the theory notes 6; mixed precision transfers 2N operations and a column a transfer.
METHODS = {
    "sgd": Method("SGD", 2, 0, 0, False, 1, 1, 0, 0),
    "ttv2": Method("TTv2", 2, 3, 0, True, 2, 2, 1, 0),
    "chopped": Method("c-TTv2", 3, 4, 0, True, 2, 2, 1, 1),
    "agad": Method("AGAD", 3, 8, 0, True, 2, 1, 3, 1),
    "mixed": Method("mixed precision", 0, 2, 2, False, 1, 1, 1, 0),
}
#: Parts of the time, in the order of :func:`parts`.
PARTS = ("analog update", "digital, every update", "read and write", "digital, transfer")


def parts(method: Method, given: Assumptions) -> Array:
    """Nanoseconds of one update: analog pulses, digital work, transfer, digital transfer.

    Mixed precision accumulates the update digitally, 2N² operations, and writes a column each
    n_s updates by one pulse; it neither pulses nor reads an auxiliary array.
    """
    n, rate, every = given.size, given.digital_gflops, given.transfer_every
    pulsed = 0.0 if method.dense else given.pulses * given.pulse_ns
    moved = given.read_ns + given.pulse_ns if method.reads else 0.0
    if method.dense:
        moved = given.pulse_ns
    digital = (method.update * n + method.dense * n**2) / rate
    return np.array([pulsed, digital, moved / every, method.transfer * n / rate / every])


_SCENARIOS: dict[str, dict[str, float]] = {
    "few pulses, rare transfers": {"pulses": 1.0, "transfer_every": 10.0},
    "middle": {},
    "long trains, every transfer": {"pulses": 31.0, "transfer_every": 1.0},
}
_SIZES = [64, 128, 256, 512, 1024, 2048, 4096]
INPUTS: dict[Size, dict[str, Any]] = {
    size: {"assumptions": asdict(Assumptions()), "scenarios": _SCENARIOS, "sizes": _SIZES}
    for size in ("quick", "full")
}


def compute(size: Size, progress: Progress) -> Data:
    """Parts of the time of each method in each scenario, and totals against N."""
    base = Assumptions()
    scenarios = [replace(base, **changes) for changes in _SCENARIOS.values()]
    sizes = np.array(_SIZES, dtype=float)
    against = [
        [parts(method, replace(base, size=n)).sum() for n in sizes] for method in METHODS.values()
    ]
    memory = [[m.arrays, m.references, m.words, m.bits] for m in METHODS.values()]
    progress(1.0)
    return {
        "parts": np.array([[parts(m, s) for m in METHODS.values()] for s in scenarios]),
        "sizes": sizes,
        "totals": np.array(against),
        "memory": np.array(memory, dtype=float),
    }


def table(given: Assumptions) -> str:
    """The table in Markdown, with its assumptions."""
    mixed = parts(METHODS["mixed"], given).sum()
    lines = [
        "| method | time an update, ns | of it digital, ns | mixed precision takes | arrays "
        "| references | digital words | chopper bits |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for method in METHODS.values():
        costs = parts(method, given)
        words = f"{method.words:g}·m·n" if method.words else "0"
        lines.append(
            f"| {method.label} | {costs.sum():.1f} | {costs[1] + costs[3]:.1f} "
            f"| {mixed / costs.sum():.1f} × | {method.arrays} | {method.references} | {words} "
            f"| {'n' if method.bits else '0'} |"
        )
    named = ", ".join(f"{name} = {value:g}" for name, value in asdict(given).items())
    notes = (
        f"\nAssumptions: {named}. Memory traffic is hidden behind the arrays; layer of m × n; a "
        "word is one floating-point number. Change them with `python -m "
        "analogtheory.experiments.runtime_model --table --set NAME=VALUE`."
    )
    return "\n".join([*lines, notes]) + "\n"


def _tables(data: Data) -> str:
    """One table for each scenario of the figure."""
    return "\n".join(
        f"## {name[0].upper()}{name[1:]}\n\n{table(replace(Assumptions(), **changes))}"
        for name, changes in _SCENARIOS.items()
    )


def tolerances(data: Data) -> dict[str, Any]:
    """Ten operations each."""
    return {name: rounding(values, 10) for name, values in data.items()}


def draw(data: Data) -> Any:
    """Parts of the time, and totals against N."""
    from analogtheory.experiments.runtime_model_figure import draw as figure

    return figure(data, [_numbers(changes) for changes in _SCENARIOS.values()], METHODS, PARTS)


def _numbers(changes: dict[str, float]) -> str:
    """A scenario in symbols."""
    given = replace(Assumptions(), **changes)
    return rf"$l={given.pulses:g}$, $n_s={given.transfer_every:g}$"


EXPERIMENT = Experiment(
    name="runtime_model",
    title="Time and memory of in-memory training: a model with its assumptions",
    caption="Modelled time of one update of one N × N layer; a model, not a measurement. "
    "(a) Its parts at N = 512 for l pulses an update and a transfer every n_s updates, with the "
    "total and how many times as long mixed precision takes, whose own bars are cut. (b) Totals "
    "against N for l = 5, n_s = 2: analog updates cost O(N), a digital outer product O(N²). "
    "Assumptions: pulse 5 ns, read 40 ns, 175 digital operations a nanosecond for each array, "
    "memory traffic hidden; digital operations an update / a transferred column: SGD 2N / 0, TTv2 "
    "2N / 3N, c-TTv2 3N / 4N, AGAD 3N / 8N, mixed precision 2N² / 2N. No claim of the ledger "
    "speaks of times.",
    claims=(),
    inputs=INPUTS,
    compute=compute,
    draw=draw,
    tolerances=tolerances,
    table=_tables,
)


def assumed(words: Sequence[str]) -> Assumptions:
    """The assumptions with NAME=VALUE changes.

    Raises
    ------
    InputError
        For a name that does not exist or a value that is not a positive number.
    """
    known = [field.name for field in fields(Assumptions)]
    changes = {}
    for word in words:
        name, _, value = word.partition("=")
        if name not in known:
            similar = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {similar[0]}?" if similar else f"there are {' '.join(known)}"
            raise InputError(f"--set {word}: no such assumption; {hint}")
        try:
            changes[name] = float(value)
        except ValueError:
            raise InputError(f"--set {word}: write {name}=NUMBER") from None
    return replace(Assumptions(), **changes)


def main(arguments: Sequence[str]) -> None:
    """The table for given assumptions, or the figure as for any experiment."""
    if "--table" not in arguments:
        run_module(EXPERIMENT, arguments)
    parser = argparse.ArgumentParser(prog="python -m analogtheory.experiments.runtime_model")
    parser.add_argument("--table", action="store_true", help="print the table")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    options = parser.parse_args(arguments)
    try:
        print(table(assumed(options.set)))
    except InputError as problem:
        parser.exit(2, f"analogtheory: {problem}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
