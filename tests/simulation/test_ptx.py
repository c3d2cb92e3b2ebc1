"""Generated CUDA compiled by NVIDIA's compiler, without a GPU: what the PTX must not contain."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from analogtheory.algorithms import analog_sgd, buffered_residual_learning, residual_learning
from analogtheory.algorithms.symbols import W
from analogtheory.kernels.c_kernel import ENTRY, cuda_source
from analogtheory.kernels.c_printer import CUDA_FLAGS
from analogtheory.noise import Gaussian, Rademacher
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses.response import Response
from analogtheory.simulation import Fidelity
from analogtheory.simulation.iteration import written
from analogtheory.simulation.settings import Settings

from ..kernels import nvrtc
from . import test_numba_programs as programs

LINEAR = Response("1 - w/0.7", "1 + w/0.7", -0.7, 0.7)
OBJECTIVE = ScalarQuadratic(1, 0.3)
PULSED = Fidelity("pulsed", 0.01, 0.3)


def source_of(dynamics: Any, fidelity: Fidelity, **changes: Any) -> str:
    options: dict[str, Any] = {
        "dynamics": dynamics, "trajectories": programs.LANES, "steps": 10, "burn_in": 0,
        "every": 1, "fidelity": fidelity, "seed": 1, "observe": {}, "record": "final",
        "first_trajectory": 0, "given": {},
    }  # fmt: skip
    return cuda_source(written(Settings(**{**options, **changes})).program)


def sgd(fidelity: Fidelity) -> str:
    return source_of(analog_sgd(LINEAR, OBJECTIVE, Gaussian(0.5)), fidelity)


SOURCES = {
    "averaged": sgd(Fidelity("averaged")),
    "pulsed": sgd(PULSED),
    "observed": source_of(
        residual_learning(LINEAR, OBJECTIVE, Rademacher(0.5)),
        Fidelity("ceiling", 0.02, 0.2, multiplicative_noise=True),
        observe={"square": W**2}, record="trajectory",
    ),
    "buffered": source_of(
        buffered_residual_learning(LINEAR, OBJECTIVE, Gaussian(0.5), read_noise=Gaussian(0.1)),
        Fidelity("rounded", 0.02),
    ),
    **{
        f"random {k}": source_of(programs.random_dynamics(k), programs.FIDELITIES[k % 4])
        for k in range(6)
    },
}  # fmt: skip


def test_single_precision_is_not_contracted_and_keeps_small_numbers() -> None:
    """As CuPy compiles it, which takes small floats for 0 wherever an operator is used."""
    source = source_of(
        analog_sgd(LINEAR, OBJECTIVE, Gaussian(0.5)), PULSED, dtype=np.dtype(np.float32)
    )
    ptx, _ = nvrtc.compiled(source, "compute_90", (*CUDA_FLAGS, "-ftz=true"))
    assert re.search(rf"\.visible \.entry {ENTRY}\(", ptx)
    assert not re.search(r"\bfma\.", ptx)
    assert not re.search(r"\b(div|sqrt)\.(approx|full)", ptx)
    assert ".ftz" not in ptx
    assert ".local" not in ptx, "every row is a register"


@pytest.mark.parametrize("name", SOURCES)
def test_sources_compile_and_nothing_is_contracted(name: str) -> None:
    """For the oldest architecture that the compiler knows, and for an H100-class card."""
    for architecture in (nvrtc.architectures()[0], 90):
        ptx, _ = nvrtc.compiled(SOURCES[name], f"compute_{architecture}")
        assert f".target sm_{architecture}" in ptx
        assert re.search(rf"\.visible \.entry {ENTRY}\(", ptx)
        assert not re.search(r"\bfma\.\w+\.f64", ptx)
        assert not re.search(r"\b(div|sqrt)\.(approx|full)", ptx)
        assert ".local" not in ptx, "every row is a register"


def test_the_flag_is_what_forbids_contraction() -> None:
    ptx, _ = nvrtc.compiled(SOURCES["averaged"], "compute_90", ())
    assert re.search(r"\bfma\.rn\.f64", ptx)


@pytest.mark.parametrize(("name", "most"), [("averaged", 64), ("pulsed", 128)])
def test_registers_suffice(name: str, most: int) -> None:
    """64 registers let 1024 threads live on a multiprocessor (65536 registers), 128 half."""
    _, log = nvrtc.compiled(SOURCES[name], "sm_90")
    assert "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads" in log
    (used,) = re.findall(r"Used (\d+) registers", log)
    assert int(used) <= most


def loop_over_steps(ptx: str) -> list[str]:
    """The smallest loop that draws random numbers, which are in one place only."""
    lines = ptx.splitlines()
    philox = [k for k, line in enumerate(lines) if "mul.wide.u32" in line]
    labels = {line[:-1]: k for k, line in enumerate(lines) if re.match(r"\$\w+:$", line)}
    loops = []
    for end, line in enumerate(lines):
        jump = re.search(r"\bbra(?:\.uni)?\s+(\$\w+);", line)
        if jump and labels[jump[1]] < end:
            loops.append((labels[jump[1]], end))
    around = [(i, j) for i, j in loops if any(i < k < j for k in philox[1:])]
    first, last = min(around, key=lambda loop: loop[1] - loop[0])
    return lines[first:last]


def test_the_averaged_loop_touches_no_memory() -> None:
    """It reads nothing, and writes one record, where records are asked for."""
    ptx, _ = nvrtc.compiled(SOURCES["averaged"], "compute_90")
    text = "\n".join(loop_over_steps(ptx))
    assert "sqrt.rn.f64" in text, "the loop that draws"
    assert "ld.global" not in text
    assert len(re.findall(r"\bst\.\w+\.f64", text)) == 1
    assert "ld.global" in ptx


def test_a_missing_compiler_fails_where_it_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvrtc, "_found", lambda: None)
    monkeypatch.delenv("ANALOGTHEORY_COMPILER", raising=False)
    with pytest.raises(pytest.skip.Exception, match="nvidia-cuda-nvrtc-cu12"):
        nvrtc.library()
    monkeypatch.setenv("ANALOGTHEORY_COMPILER", "required")
    with pytest.raises(pytest.fail.Exception, match="nvidia-cuda-nvrtc-cu12"):
        nvrtc.library()
