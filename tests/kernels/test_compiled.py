"""The cache of compiled kernels: reuse, other processes, folders that cannot be used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analogtheory.kernels import compiled as module
from analogtheory.kernels.blocks import Check, Failure, Lanes, TileProgram
from analogtheory.kernels.compiled import cache_folder, compiled
from analogtheory.kernels.numba_printer import arguments, kernel_source
from analogtheory.kernels.statements import Builder

PROGRAM = """
import sys
import numpy as np
sys.path.insert(0, sys.argv[1])
from test_compiled import ARGUMENTS, SOURCE, advanced
from analogtheory.kernels.compiled import compiled
kernel = compiled(SOURCE, ARGUMENTS)
print(advanced(kernel.run).tolist(), kernel.run.stats.cache_hits)
"""


def halving() -> TileProgram:
    """x ← x/2 + c0, which must stay below 10."""
    builder = Builder()
    value = builder.op("add", builder.op("mul", 0.5, builder.op("load", "x")), "c0")
    builder.store("x", value)
    builder.flag("big", builder.op("gt", value, 10.0))
    lanes = Lanes(tuple(builder.statements))
    return TileProgram(["x"], constants=1, blocks=[lanes, Check((Failure("big", 3, "x"),))])


SOURCE, ARGUMENTS = kernel_source(halving()), arguments(64)


def advanced(run: Any, start: float = 1.0) -> np.ndarray:
    """Three steps from `start`, all lanes alike: x → x/8 + 7·c0/4, c0 = 4."""
    states, nothing = np.full((1, 64), start), np.zeros((0, 64))
    failures = np.zeros((1, 3))
    run(
        0, 1, 64, 64, 3, 0, 0, 0, np.uint64(0), np.uint64(0), np.array([4.0]), nothing, states,
        nothing, nothing, np.zeros((0, 1, 64)), failures,
    )  # fmt: skip
    return np.array([states[0, 0], states[0, 63], *failures[0]])


@pytest.fixture(autouse=True)
def _forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a new process."""
    monkeypatch.setattr(module, "_made", {})


def in_folder(monkeypatch: pytest.MonkeyPatch, folder: Path | str) -> Any:
    monkeypatch.setenv("ANALOGTHEORY_CACHE", str(folder))
    monkeypatch.setattr(module, "_made", {})
    kernel = compiled(SOURCE, ARGUMENTS)
    assert kernel.seconds > 0
    assert advanced(kernel.run).tolist() == [7.125, 7.125, 0, 0, 0]
    return kernel.run


def test_machine_code_is_reused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = in_folder(monkeypatch, tmp_path / "new" / "folder")
    assert (sum(first.stats.cache_misses.values()), len(first.stats.cache_hits)) == (1, 0)
    again = in_folder(monkeypatch, tmp_path / "new" / "folder")
    assert (len(again.stats.cache_misses), sum(again.stats.cache_hits.values())) == (0, 1)
    assert compiled(SOURCE, ARGUMENTS).seconds == 0.0
    assert compiled(SOURCE, ARGUMENTS).run is again


def test_a_failure_is_reported_with_its_step_and_largest_value() -> None:
    run = compiled(SOURCE, ARGUMENTS).run
    assert advanced(run, 13.0)[2:].tolist() == [3.0, 0.0, 10.5]


def test_processes_may_share_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALOGTHEORY_CACHE", str(tmp_path))
    command = [sys.executable, "-c", PROGRAM, str(Path(__file__).parent)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        assert process.communicate(timeout=120)[0].startswith("[7.125, 7.125, 0.0, 0.0, 0.0]")
        assert process.returncode == 0
    hits = in_folder(monkeypatch, tmp_path).stats.cache_hits
    assert sum(hits.values()) == 1
    assert not [path for path in tmp_path.iterdir() if path.suffix not in (".py", "")]


@pytest.mark.parametrize("suffix", ["nbi", "nbc", "py"])
def test_broken_files_are_replaced(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_folder(monkeypatch, tmp_path)
    broken = [path for path in tmp_path.rglob(f"*.{suffix}") if path.is_file()]
    assert broken
    for path in broken:
        path.write_bytes(b"nonsense")
    in_folder(monkeypatch, tmp_path)
    in_folder(monkeypatch, tmp_path)
    assert sum(in_folder(monkeypatch, tmp_path).stats.cache_hits.values()) == 1


def test_a_folder_that_cannot_be_used_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert not in_folder(monkeypatch, file / "folder").stats.cache_path
    assert not in_folder(monkeypatch, "").stats.cache_path


def test_where_the_folder_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALOGTHEORY_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.setenv("ANALOGTHEORY_CACHE", "")
    assert cache_folder() is None
    monkeypatch.delenv("ANALOGTHEORY_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "analogtheory"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "analogtheory"
