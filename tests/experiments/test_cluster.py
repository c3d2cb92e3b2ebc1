"""A Dask cluster as the executor: two workers, one of them killed on the way."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import pytest

from analogtheory import __version__
from analogtheory.cli import main
from analogtheory.errors import InputError
from analogtheory.experiments import run, store
from analogtheory.experiments.cluster import _refuse_others, cluster
from analogtheory.experiments.sweep import WorkerError

from .conftest import SINGLE, SWEEPING, Toys

pytest.importorskip("distributed")


@pytest.fixture
def address(toys: Toys) -> Iterator[str]:
    """Of a cluster with two processes of one thread each."""
    from distributed import LocalCluster

    start: Any = LocalCluster
    with start(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", host="127.0.0.1"
    ) as local:
        yield local.scheduler_address


def test_a_killed_worker_loses_nothing(toys: Toys, address: str, tmp_path: Path) -> None:
    run.figures(SWEEPING, out=tmp_path / "serial", jobs=1)
    toys.forget()
    toys.all_sleep(0.2)
    killed: dict[int, int] = {}

    def kill_one(share: float, words: str) -> None:
        """After three parts: a worker that is in the middle of another one."""
        if not killed and int(words.split("/")[0]) >= 3 and (at_work := toys.at_work()):
            killed.update([at_work.popitem()])
            os.kill(next(iter(killed)), signal.SIGKILL)

    with cluster(address) as executor:
        outcomes = run.figures([SWEEPING, SINGLE], out=tmp_path, executor=executor, watch=kill_one)
    assert [outcome.problem for outcome in outcomes] == [None, None]
    [victim] = killed
    assert victim in toys.processes()
    assert toys.begun().count(killed[victim]) == 2  # begun again by another process
    assert set(toys.begun()) == set(range(12))
    assert os.getpid() not in toys.processes()
    whole, found = store.read("sweeping", tmp_path / "serial"), store.read("sweeping", tmp_path)
    assert found.record["data_sha256"] == whole.record["data_sha256"]
    assert found.data["x"].tobytes() == whole.data["x"].tobytes()


def test_workers_may_come_later(toys: Toys, tmp_path: Path) -> None:
    from distributed import LocalCluster

    start: Any = LocalCluster
    here = {"processes": False, "protocol": "tcp", "host": "127.0.0.1", "dashboard_address": ":0"}
    with start(n_workers=0, **here) as local:
        said: list[str] = []
        with cluster(local.scheduler_address, say=said.append) as executor:
            assert isinstance(executor, Executor)
            assert len(said) == 1
            assert "has no worker yet" in said[0]
            local.scale(1)
            [outcome] = run.figures(SINGLE, out=tmp_path, executor=executor)
    assert outcome.problem is None


@pytest.mark.parametrize(("other", "words"), [("0.0.9", "analogtheory 0.0.9"), (None, "no analog")])
def test_workers_of_another_version(other: str | None, words: str) -> None:
    """What the client is told by its workers is replaced."""

    class Told:
        def get_versions(self, packages: list[str]) -> dict[str, Any]:
            return {"workers": {"tcp://w:1": {"packages": {"analogtheory": other}}}}

    with pytest.raises(InputError, match=rf"--scheduler h:1: its worker tcp://w:1 has {words}"):
        _refuse_others("h:1", Told())


WITHOUT_THIS_PACKAGE = """\
import asyncio, sys
from distributed import Worker

sys.modules["analogtheory"] = None

async def work():
    async with Worker(sys.argv[1], nthreads=1) as worker:
        await worker.finished()

asyncio.run(work())
"""


def test_a_later_worker_without_this_package_is_an_error(toys: Toys, tmp_path: Path) -> None:
    from distributed import LocalCluster

    start: Any = LocalCluster
    here = {"processes": False, "protocol": "tcp", "host": "127.0.0.1", "dashboard_address": ":0"}
    with start(n_workers=0, **here) as local:
        command = [sys.executable, "-c", WITHOUT_THIS_PACKAGE, local.scheduler_address]
        with cluster(local.scheduler_address) as executor:
            # after the check of the workers that are there at the beginning
            worker = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            try:
                with pytest.raises(ImportError):
                    executor.submit(store.versions).result(timeout=60)  # does not wait for ever
                outcomes = run.figures([SWEEPING, SINGLE], out=tmp_path, executor=executor)
            finally:
                worker.kill()
                worker.wait()
    for outcome in outcomes:
        assert isinstance(outcome.problem, WorkerError)
        assert f"a worker cannot load analogtheory {__version__} (" in str(outcome.problem)
    assert not toys.begun()


# ------------------------------------------------------------------ bad input


@pytest.mark.parametrize("text", ["nonsense", "tcp://", "host:port", "tcp://h:1:2", "h:1/x", ""])
def test_addresses_that_are_none(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["figures", "runtime_model", f"--scheduler={text}"]) == 2
    assert f"--scheduler {text}: write HOST:PORT" in capsys.readouterr().err


def test_nobody_answers() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        pytest.raises(InputError, match=f"{port}: no Dask scheduler answers there within 1 s"),
        cluster(f"tcp://127.0.0.1:{port}", timeout=1.0),
    ):
        pass


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"])
def test_something_else_answers(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        threading.Thread(target=answer_once, args=(other, answer), daemon=True).start()
        with (
            pytest.raises(InputError, match="no Dask scheduler answers there within 1 s"),
            cluster(f"127.0.0.1:{port}", timeout=1.0),
        ):
            pass


def answer_once(other: socket.socket, answer: bytes) -> None:
    line, _ = other.accept()
    with line:
        line.sendall(answer)
        line.settimeout(5)
        with contextlib.suppress(OSError):
            while line.recv(1000):
                pass


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(InputError, match=r"needs the extra 'cluster': pip install 'analogtheory\["),
        cluster("h:1"),
    ):
        pass
