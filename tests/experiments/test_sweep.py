"""Parts of experiments: kept on disk, gone on with, the same bits on any executor."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from analogtheory.experiments import parts, registry, run, store

from .conftest import SINGLE, SWEEPING, Toys, keys_in, numbers


@pytest.mark.parametrize(
    "start",
    [
        lambda: ProcessPoolExecutor(2, mp_context=get_context("spawn")),
        lambda: ThreadPoolExecutor(3),
        lambda: None,
    ],
    ids=["ProcessPoolExecutor", "ThreadPoolExecutor", "own processes"],
)
def test_any_executor_gives_the_same_bits(
    toys: Toys, serial: bytes, tmp_path: Path, start: Callable[[], Executor | None]
) -> None:
    executor = start()
    try:
        [one, two] = run.figures(
            [SWEEPING, SINGLE], out=tmp_path / "out", executor=executor, jobs=2
        )
    finally:
        if executor is not None:
            executor.shutdown()
    assert one.problem is None
    assert two.problem is None
    assert [one.name, two.name] == ["sweeping", "single"]
    assert numbers(tmp_path / "out") == serial
    assert toys.begun() == list(range(12))
    assert (os.getpid() in toys.processes()) == isinstance(executor, ThreadPoolExecutor)
    assert not (tmp_path / "out" / "parts").exists()
    assert (tmp_path / "out" / "index.html").is_file()


def test_one_pending_part_is_computed_here(toys: Toys, tmp_path: Path) -> None:
    started = []
    [outcome] = run.figures(SINGLE, out=tmp_path, watch=lambda share, words: started.append(words))
    assert outcome.files[0].is_file()
    assert "0/1 parts, single" in started  # which only this process tells


def test_a_run_that_was_cut_off_goes_on(toys: Toys, serial: bytes, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def stop(share: float, words: str) -> None:
        if words.startswith("5/12"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.figures(SWEEPING, out=out, jobs=1, watch=stop)
    assert len(keys_in(out)) == 5
    assert not (out / "sweeping.npz").exists()
    toys.forget()
    [outcome] = run.figures(SWEEPING, out=out, jobs=1)
    assert not outcome.reused
    assert toys.begun() == list(range(5, 12))
    assert numbers(out) == serial
    record = store.read("sweeping", out).record
    assert record["seconds"] >= 0
    toys.forget()
    assert run.figures(SWEEPING, out=out, jobs=1)[0].reused
    assert run.figures(SWEEPING, out=out, jobs=1, force=True)[0].reused is False
    assert toys.begun() == list(range(12))


def test_damaged_parts_are_noticed_and_computed_again(
    toys: Toys, serial: bytes, tmp_path: Path
) -> None:
    run.figures(SWEEPING, out=tmp_path, jobs=1, shard=(1, 2))
    first, second, third, fourth, *_ = sorted((tmp_path / "parts" / "sweeping").iterdir())
    first.write_bytes(first.read_bytes()[:100])
    second.write_bytes(b"")
    shutil.copy(fourth, third)  # whole, but of another part
    changed = bytearray(fourth.read_bytes())
    changed[len(changed) // 2] ^= 1
    fourth.write_bytes(changed)
    toys.forget()
    [outcome] = run.figures(SWEEPING, out=tmp_path, jobs=1)
    assert len(toys.begun()) == 6 + 4
    notes = outcome.note.splitlines()
    assert len(notes) == 4
    assert all(note.endswith("was cut short or changed; not used") for note in notes)
    assert numbers(tmp_path) == serial


def test_no_flipped_bit_gets_through(toys: Toys, tmp_path: Path) -> None:
    """Each byte of a part changed in turn: the same numbers are read, or none."""
    experiment = registry.load(SWEEPING)
    part = parts.parts_of(experiment, "full")[0]
    done = parts.compute(experiment, part)
    parts.write(tmp_path, experiment, part, done)
    path = parts.folder_of(tmp_path, experiment) / f"{part.key}.npz"
    whole = path.read_bytes()
    refused = 0
    for place in range(0, len(whole), 3):
        changed = bytearray(whole)
        changed[place] ^= 0x55
        path.write_bytes(changed)
        found, note = parts.read(tmp_path, experiment, part)
        assert (found is None) == bool(note)
        refused += found is None
        if found is not None:
            assert found.data["x"].tobytes() == done.data["x"].tobytes()
    assert refused > len(whole) / 3 / 2


def test_keys_depend_on_all_that_the_numbers_do(
    toys: Toys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    experiment = registry.load(SWEEPING)
    before = [part.key for part in parts.parts_of(experiment, "full")]
    assert len(set(before)) == 12
    assert [part.key for part in parts.parts_of(experiment, "full")] == before
    toys.act(_3="sleep 0")
    changed = [part.key for part in parts.parts_of(experiment, "full")]
    assert [one != other for one, other in zip(before, changed, strict=True)].index(True) == 3
    assert sum(one != other for one, other in zip(before, changed, strict=True)) == 1
    with monkeypatch.context() as patch:
        patch.setattr(store, "versions", lambda: {"numpy": "0"})
        assert not {part.key for part in parts.parts_of(experiment, "full")} & set(before)
    source = Path(str(sys.modules[SWEEPING].__file__))
    copy = tmp_path / "changed.py"
    copy.write_text(source.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    monkeypatch.setattr(sys.modules[SWEEPING], "__file__", str(copy))
    assert not {part.key for part in parts.parts_of(experiment, "full")} & {*before, *changed}
    single = registry.load(SINGLE)
    sizes = {part.key for size in ("quick", "full") for part in parts.parts_of(single, size)}
    assert len(sizes) == 2
