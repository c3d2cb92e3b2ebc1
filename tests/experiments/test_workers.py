"""What goes wrong in other processes, interrupts, and the executor of own processes."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest

from analogtheory.cli import main
from analogtheory.errors import InputError
from analogtheory.experiments import parts, registry, run, store, sweep
from analogtheory.experiments.core import Experiment
from analogtheory.experiments.processes import Processes
from analogtheory.experiments.sweep import WorkerError

from .conftest import SINGLE, SWEEPING, Toys, keys_in, numbers


def test_a_killed_process_takes_one_part_with_it(
    toys: Toys, serial: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toys.act(_3="die")
    command = ["figures", SWEEPING, SINGLE, "--jobs", "2", "--out", str(tmp_path / "out")]
    assert main(command) == 2
    said = capsys.readouterr()
    assert "sweeping: its process was killed (SIGKILL)" in said.err
    assert f"11 parts that are done are kept in {tmp_path / 'out' / 'parts'}" in said.err
    assert "single: computed in" in said.out
    assert "sweeping: failed" in said.out
    assert toys.begun() == list(range(12))
    toys.forget()
    (toys.log / "spare").touch()  # this time it is not killed
    assert main(command) == 0
    assert toys.begun() == [3]
    assert numbers(tmp_path / "out") == serial


def test_a_broken_pool_of_another_makes_no_traceback(toys: Toys, tmp_path: Path) -> None:
    toys.act(_0="die")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        [outcome] = run.figures(SWEEPING, out=tmp_path, executor=pool)
    assert isinstance(outcome.problem, WorkerError)
    assert "terminated abruptly" in str(outcome.problem)
    assert outcome.missing == 12


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_one_experiment_that_fails_does_not_stop_the_others(
    toys: Toys, tmp_path: Path, capsys: pytest.CaptureFixture[str], jobs: str
) -> None:
    command = ["figures", SWEEPING, SINGLE, "--jobs", jobs, "--out", str(tmp_path)]
    for act, words in (
        ("unusable", "analogtheory: sweeping: toy: this part cannot be used\n"),
        ("extra", "analogtheory: sweeping: needs the extra 'ml': pip install"),
        ("bug", "ZeroDivisionError: a bug\n"),
    ):
        toys.act(_4=act)
        assert main([*command, "--force"]) == 2
        said = capsys.readouterr()
        assert words in said.err
        assert ("Traceback" in said.err) == (act == "bug")
        assert "single: computed in" in said.out
    toys.act(parts="unusable")
    assert main(command) == 2
    assert "analogtheory: sweeping: toy: its parts cannot be known\n" in capsys.readouterr().err
    (tmp_path / "sweeping.npz").unlink(missing_ok=True)
    with pytest.raises(InputError, match="its parts cannot be known"):
        run.regenerate(registry.load(SWEEPING), "full", tmp_path)


def test_a_worker_of_another_version_refuses(
    toys: Toys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = registry.load(SWEEPING)
    task = sweep.task_of(experiment, parts.parts_of(experiment, "full")[0])
    assert isinstance(sweep.perform(task), parts.Done)
    for other, words in (
        (replace(task, versions={**task.versions, "numpy": "1.0"}), "numpy 1.0 started the run"),
        (replace(task, source="0" * 64), "source 000000000000 started the run"),
    ):
        answer = sweep.perform(other)
        assert isinstance(answer, sweep.Failed)
        assert words in answer.reason
        assert f"has analogtheory {store.versions()['analogtheory']}" in answer.reason
        assert not answer.trace
    monkeypatch.setattr(store, "versions", lambda: {"analogtheory": "0.0.1", "numpy": "1.0"})
    [outcome] = run.figures(SWEEPING, out=tmp_path, jobs=2)
    assert isinstance(outcome.problem, InputError)
    assert "analogtheory 0.0.1" in str(outcome.problem)
    assert not list(tmp_path.glob("*.npz"))


def test_what_no_other_process_can_find(toys: Toys, tmp_path: Path) -> None:
    lost: Experiment = replace(registry.load(SWEEPING), name="lost")
    with pytest.raises(InputError, match="lost: is EXPERIMENT of no module"):
        list(run.regenerated([lost], "full", tmp_path, jobs=2))
    assert run.regenerate(lost, "full", tmp_path).seconds >= 0
    with pytest.raises(InputError, match=r"figures no\.such: cannot be imported"):
        registry.load("no.such")
    with pytest.raises(InputError, match="defines no EXPERIMENT"):
        registry.load("os.path")


# ------------------------------------------------------------------ interrupts


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_keeps_what_is_done_and_leaves_no_process(
    toys: Toys, serial: bytes, tmp_path: Path, jobs: str
) -> None:
    toys.act(_6="sleep 60", _7="sleep 60")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "analogtheory", "figures", SWEEPING, "--jobs", jobs]
    here = [str(path) for path in (Path(__file__).parent, os.environ.get("PYTHONPATH")) if path]
    places = {**os.environ, "PYTHONPATH": os.pathsep.join(here)}
    with subprocess.Popen(
        [*command, "--out", str(out)], stderr=subprocess.PIPE, env=places, start_new_session=True
    ) as process:
        wait_for(lambda: len(toys.at_work()) == int(jobs) and len(keys_in(out)) >= 6)
        workers = set(toys.at_work())
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    kept = len(keys_in(out))
    assert kept == 6
    assert f"interrupted; {kept} parts that are done are kept in {out / 'parts'}" in said.decode()
    assert b"Traceback" not in said
    wait_for(lambda: not any(map(is_alive, workers)))


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "did not happen within 30 s"
        time.sleep(0.02)


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


# ------------------------------------------------------------------ the executor of processes


def test_processes_as_an_executor() -> None:
    with Processes(2, threads=3) as pool:
        assert list(pool.map(abs, [-1, -2, -3])) == [1, 2, 3]
        with pytest.raises(RuntimeError, match="ValueError: math domain error"):
            pool.submit(math.sqrt, -1).result()
        with pytest.raises(BrokenExecutor, match="exit code 7"):
            pool.submit(os._exit, 7).result()
        assert pool.submit(os.getpid).result() != os.getpid()
        wanted = os.environ.get("NUMBA_NUM_THREADS", "3")
        assert pool.submit(os.getenv, "NUMBA_NUM_THREADS").result() == wanted
        with pytest.raises(RuntimeError, match="pickle"):
            pool.submit(open, os.devnull).result()
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(abs, 1)


def test_killed_processes_end_at_once() -> None:
    pool = Processes(2)
    waiting = [pool.submit(time.sleep, 60) for _ in range(4)]
    wait_for(lambda: sum(future.running() for future in waiting) == 2)
    start = time.monotonic()
    pool.kill()
    assert time.monotonic() - start < 20
    for future in waiting:
        assert future.cancelled() or isinstance(future.exception(), BrokenExecutor)
