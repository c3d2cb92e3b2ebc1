"""The whole table of speeds, in one run: ours, NumPy by hand, and aihwkit where there is one.

    python tests/benchmarks/table.py [ROUNDS] [--only speed compounds memory growth] [--json FILE]

Contestants take turns, compiled beforehand, and the best of all rounds counts, since a
shared machine only ever adds time. All may use two threads; what uses fewer is its own.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import math
import os
import platform
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import test_compounds as compounds
import test_periphery as reads
import test_scalar_batches as scalars
import test_tiles as tiles

THREADS = 2

PARTS = ("speed", "compounds", "memory", "growth")

#: A contestant's turn lasts at least so many seconds.
TURN = 0.06

Function = Callable[[], Any]


@dataclass(frozen=True)
class Row:
    """One line of the table; times in seconds, None where there is no contestant."""

    name: str
    contestants: dict[str, tuple[Callable[[], Function], float]]
    aim: str = ""


def rows() -> list[Row]:
    """What is compared."""
    found = [
        Row(
            "averaged, 4096 × 1000 steps",
            {
                "ours": scalars.TIMED["averaged: simulate, numba"],
                "NumPy": scalars.TIMED["averaged: NumPy by hand"],
            },
            "6 × NumPy",
        )
    ]
    aims = {
        "scalar pulsed": "50 × aihwkit", "scalar pulsed, float64": "",
        "scalar pulsed, additive": "50 × aihwkit", "scalar, 1 pulse": "50 × aihwkit",
        "soft-bounds, batch 4": "8 × aihwkit", "soft-bounds, batch 32": "8 × aihwkit",
        "exp-step, batch 4": "8 × aihwkit", "pow-step, batch 4": "8 × aihwkit",
        "sparse, batch 1": "1 × aihwkit", "sparse, batch 32": "1 × aihwkit",
    }  # fmt: skip
    for name, aim in aims.items():
        names = {who: f"{name}, {who}" for who in ("ours", "NumPy", "aihwkit")}
        found.append(
            Row(name, {w: tiles.TIMED[n] for w, n in names.items() if n in tiles.TIMED}, aim)
        )
    return [*found, *(_read_row(way) for way in ("forward", "backward"))]


def compound_rows() -> list[Row]:
    """Two arrays with a transfer after every vector, 64 vectors in a call."""
    found = []
    for load in compounds.LOADS:
        for kind in compounds.KINDS:
            name = f"{load} {kind}"
            names = {who: f"{name}, {who}" for who in ("ours", "aihwkit")}
            contestants = {
                who: compounds.TIMED[n] for who, n in names.items() if n in compounds.TIMED
            }
            found.append(Row(f"256 × 256, {name}, batch 64", contestants, "8 × aihwkit"))
    return found


def _read_row(way: str) -> Row:
    contestants: dict[str, tuple[Callable[[], Function], float]] = {
        "ours": (reads.TIMED[f"{way}, float32"], 1),
        "NumPy": tiles.TIMED[f"{way}, NumPy"],
    }
    if f"{way}, aihwkit" in reads.TIMED:
        contestants["aihwkit"] = (reads.TIMED[f"{way}, aihwkit"], 1)
    return Row(f"{way}, batch 32", contestants, "1.5 × aihwkit")


# ---------------------------------------------------------------------- timing


def best_of(function: Function, least: float = TURN) -> float:
    """Seconds of the fastest call in one turn."""
    best, begin = math.inf, time.perf_counter()
    while time.perf_counter() - begin < least:
        start = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - start)
    return best


def in_turns(functions: dict[Any, tuple[Function, float]], rounds: int) -> dict[Any, float]:
    """The best of many rounds of each."""
    for function, _ in functions.values():
        function()
    times = dict.fromkeys(functions, math.inf)
    for _ in range(rounds):
        for key, (function, scale) in functions.items():
            times[key] = min(times[key], best_of(function) * scale)
    return times


def speeds(compared: list[Row], rounds: int) -> list[dict[str, Any]]:
    """Times and ratios of every row; contestants of a row take turns."""
    print("\n| | ours, ms | NumPy, ms | ratio | aihwkit, ms | ratio | aim | met |")
    print("|---|---|---|---|---|---|---|---|")
    found = []
    for row in compared:
        functions = {who: (build(), scale) for who, (build, scale) in row.contestants.items()}
        times = in_turns(functions, rounds)
        ratios = {who: times[who] / times["ours"] for who in times if who != "ours"}
        found.append({"name": row.name, "aim": row.aim, "seconds": times, "ratios": ratios})
        print(_speed_line(found[-1]), flush=True)
    return found


def _speed_line(row: dict[str, Any]) -> str:
    cells = [f"{row['name']}", _milliseconds(row["seconds"]["ours"])]
    for who in ("NumPy", "aihwkit"):
        known = who in row["seconds"]
        cells += (
            [_milliseconds(row["seconds"][who]), f"{row['ratios'][who]:.2g} ×"]
            if known
            else (["–", "–"])
        )
    return "| " + " | ".join([*cells, *_judged(row)]) + " |"


def _judged(row: dict[str, Any]) -> list[str]:
    """The aim, and whether it is met; nothing where there is none."""
    if not row["aim"]:
        return ["–", "–"]
    wanted, _, who = row["aim"].split()
    met = row["ratios"][who] >= float(wanted) if who in row["ratios"] else None
    return [f"≥ {row['aim']}", {True: "yes", False: "no", None: "–"}[met]]


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.3g}"


def floor(rounds: int) -> float:
    """Draws alone plus steps alone, as a share of the averaged kernel."""
    names = ("draws alone", "steps alone", "averaged: kernel")
    functions = {n: (scalars.TIMED[n][0](), scalars.TIMED[n][1]) for n in names}
    times = in_turns(functions, rounds)
    share = (times[names[0]] + times[names[1]]) / times[names[2]]
    print(f"\naveraged kernel: floor {share:.0%} of its time (aim: ≥ 70 %)", flush=True)
    return share


# ---------------------------------------------------------------------- growth


@dataclass(frozen=True)
class Growth:
    """Times for several sizes, and the exponent of the power law fitted to them."""

    quantity: str
    sizes: list[float]
    seconds: list[float]
    exponent: float


def growths(rounds: int) -> list[Growth]:
    """Exponents of the time in cells, batch, steps, pulses and cores."""
    import numba

    update, batch = tiles.ours, "soft-bounds"
    studies: dict[str, dict[float, Function]] = {
        "cells (batch 4)": {n * n: update(batch, 4, lines=n) for n in (256, 512, 1024, 2048)},
        "batch (512 × 512)": {b: update(batch, b, lines=512) for b in (4, 8, 16, 32, 64)},
        "pulses a cell (batch 4)": {
            250 * lr: update(batch, 4, lr) for lr in (0.0025, 0.005, 0.01, 0.02)
        },
        "steps (4096 problems)": {
            n: _scalar_steps(n) for n in (500, 1000, 2000)
        },
    }  # fmt: skip
    found = [_growth(name, functions, rounds) for name, functions in studies.items()]
    for name, function in {
        "cores (1024 × 1024, batch 32)": update(batch, 32),
        "cores (4096 problems)": tiles.scalar_ours(),
    }.items():
        found.append(_growth(name, {n: _on(n, function) for n in (1, THREADS)}, rounds))
        numba.set_num_threads(THREADS)
    return found


def _scalar_steps(steps: int) -> Function:
    return lambda: scalars.run("numba", scalars.PULSED, steps)


def _on(threads: int, function: Function) -> Function:
    import numba

    def run() -> None:
        numba.set_num_threads(threads)
        function()

    return run


def _growth(name: str, functions: dict[float, Function], rounds: int) -> Growth:
    times = in_turns({size: (function, 1.0) for size, function in functions.items()}, rounds)
    sizes, seconds = list(times), list(times.values())
    exponent = float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
    listed = ", ".join(f"{s:g}: {_milliseconds(t)}" for s, t in zip(sizes, seconds, strict=True))
    print(f"| {name} | {listed} | {exponent:.2f} |", flush=True)
    return Growth(name, sizes, seconds, exponent)


# ---------------------------------------------------------------------- memory

MEMORY_LINES = 2048


def _resident(field: str) -> float:
    """VmRSS or VmHWM of this process in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return 1024.0 * int(line.split()[1])
    raise OSError(f"/proc/self/status has no {field}")


def _peak_of(function: Function) -> float:
    """By how much the resident memory rises above what it was, at most, in bytes."""
    before = _resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    function()
    return _resident("VmHWM") - before


def measured_memory() -> dict[str, float]:
    """Of this process, in copies of the weights; kernels are loaded with a small tile first."""
    from analogtheory import responses
    from analogtheory.tiles import Tile

    def tile(lines: int) -> Tile:
        return Tile(
            responses.get("soft-bounds", w_max=0.6, w_min=-0.6), (lines, lines), dw_min=tiles.DW,
            cycle_noise=tiles.CYCLE, device_variation=tiles.VARIATION, backend="numba",
        )  # fmt: skip

    small = tile(256)
    small.update(*tiles.vectors(4, 256), tiles.LR)
    small.forward(tiles.vectors(4, 256)[0])
    copy = 4.0 * MEMORY_LINES**2
    kept: list[Tile] = []
    before = _resident("VmRSS")
    construction = _peak_of(lambda: kept.append(tile(MEMORY_LINES)))
    steady = _resident("VmRSS") - before
    x, d = tiles.vectors(4, MEMORY_LINES)
    cells = kept[0]
    held = cells._cells
    state = held.stored().nbytes + held.touched().nbytes + cells._fields.fields.nbytes
    return {
        "weights and fields of the kernels": state / copy,
        "kept by the tile": steady / copy,
        "peak of construction": construction / copy,
        "peak of an update, beyond what is kept": _peak_of(
            lambda: cells.update(x, d, tiles.LR)
        ) / copy,
        "peak of a read, beyond what is kept": _peak_of(lambda: cells.forward(x)) / copy,
    }  # fmt: skip


def memory() -> dict[str, float] | None:
    """As measured by a fresh process."""
    if not Path("/proc/self/clear_refs").exists():
        print("memory: is measured on Linux only")
        return None
    command = [sys.executable, __file__, "--measure-memory"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    for name, copies in found.items():
        print(f"| {name} | {copies:.2f} |")
    return found


# ---------------------------------------------------------------------- program


def _machine() -> dict[str, Any]:
    names = ("numpy", "numba", "aihwkit", "torch")
    versions = {}
    for name in names:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return {
        "processors": os.cpu_count(), "threads": THREADS, "architecture": platform.machine(),
        "load": os.getloadavg(), **versions,
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    import numba

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("rounds", nargs="?", type=int, default=10)
    parser.add_argument("--only", nargs="+", choices=PARTS)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--measure-memory", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    numba.set_num_threads(min(THREADS, os.cpu_count() or 1))
    if options.measure_memory:
        print(json.dumps(measured_memory()))
        return
    warnings.simplefilter("ignore")  # of the peer
    only = options.only or PARTS
    result: dict[str, Any] = {"machine": _machine()}
    print(", ".join(f"{name} {value}" for name, value in result["machine"].items()))
    if "speed" in only:
        result["speed"] = speeds(rows(), options.rounds)
        result["floor"] = floor(options.rounds)
    if "compounds" in only:
        result["compounds"] = speeds(compound_rows(), options.rounds)
    if "memory" in only:
        print(f"\n| memory, {MEMORY_LINES} × {MEMORY_LINES} | copies of the weights |\n|---|---|")
        result["memory"] = memory()
    if "growth" in only:
        print("\n| time against | size: ms | exponent |\n|---|---|---|")
        result["growth"] = [asdict(g) for g in growths(max(3, options.rounds // 2))]
    result["load at the end"] = os.getloadavg()
    print(f"\nload at the end: {', '.join(f'{load:.1f}' for load in result['load at the end'])}")
    if options.json:
        options.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
