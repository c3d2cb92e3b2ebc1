"""Experiments of the tests' own, in modules that other processes can import."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from analogtheory.experiments import run, store

SWEEPING, SINGLE = "toys.sweeping", "toys.single"


class Toys:
    """What the toy experiments do, and what they did."""

    def __init__(self, log: Path, patch: pytest.MonkeyPatch):
        self.log, self._patch = log, patch
        log.mkdir()
        patch.setenv("TOY_LOG", str(log))
        patch.setenv("TOY_SPARE", str(log / "spare"))

    def act(self, **acts: str) -> None:
        """Part numbers, as _3="die"."""
        table = {name.removeprefix("_"): act for name, act in acts.items()}
        self._patch.setenv("TOY_ACTS", json.dumps(table))

    def all_sleep(self, seconds: float) -> None:
        self.act(**{f"_{number}": f"sleep {seconds}" for number in range(12)})

    def begun(self) -> list[int]:
        """The numbers of the parts that were begun, as often as they were."""
        return sorted(int(path.name.split("-")[0]) for path in self.log.glob("*-begun"))

    def processes(self) -> set[int]:
        return {int(path.name.split("-")[1]) for path in self.log.glob("*-begun")}

    def at_work(self) -> dict[int, int]:
        """Process ids that have begun a part and not ended it, with the part."""
        begun, ended = (
            {path.name.removesuffix(end) for path in self.log.glob(f"*{end}")}
            for end in ("-begun", "-ended")
        )
        return {int(name.split("-")[1]): int(name.split("-")[0]) for name in begun - ended}

    def forget(self) -> None:
        for path in self.log.iterdir():
            path.unlink()


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toys]:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    yield Toys(tmp_path / "log", monkeypatch)
    for name in [name for name in sys.modules if name.split(".")[0] == "toys"]:
        del sys.modules[name]


@pytest.fixture
def serial(toys: Toys, tmp_path: Path) -> bytes:
    """The numbers of the sweep, computed in this process."""
    [outcome] = run.figures(SWEEPING, out=tmp_path / "serial", jobs=1)
    assert outcome.problem is None
    assert not outcome.reused
    assert not (tmp_path / "serial" / "parts").exists()
    toys.forget()
    return numbers(tmp_path / "serial")


def numbers(out: Path) -> bytes:
    return store.read("sweeping", out).data["x"].tobytes()


def keys_in(out: Path) -> set[str]:
    return {path.stem for path in (out / "parts" / "sweeping").glob("*.npz")}
