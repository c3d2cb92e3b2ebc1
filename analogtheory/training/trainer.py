"""Running an algorithm on a task: records, progress, a state to resume from."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analogtheory.errors import InputError
from analogtheory.training import storage
from analogtheory.training.algorithms.base import Algorithm
from analogtheory.training.checks import numbers, whole
from analogtheory.training.fingerprint import fingerprint
from analogtheory.training.objectives import Task
from analogtheory.training.progress import Progress

Array = NDArray[Any]
Measure: TypeAlias = Callable[[Algorithm], Array]

#: Raised when a file can no longer be read by newer code.
FORMAT = 1


@dataclass(frozen=True, eq=False)
class Training:
    """What a run has recorded.

    Attributes
    ----------
    algorithm : str
    steps : array of int (times,)
        After how many steps; the last one is the end.
    records : dict of str to array (times, problems, …)
    seconds : float
        Of this call; what came before a resume is not in it.
    """

    algorithm: str
    steps: NDArray[np.int64]
    records: dict[str, Array]
    seconds: float

    def final(self, name: str) -> Array:
        """A record at the end, (problems, …).

        Raises
        ------
        InputError
            If there is no record of that name.
        """
        if name not in self.records:
            raise InputError(f"record {name!r}: unknown; there is {', '.join(self.records)}")
        return np.asarray(self.records[name][-1])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file (.npz), replaced at once.

        Raises
        ------
        InputError
            If it cannot be written there.
        """
        arrays = {"steps": self.steps, **{f"record/{n}": a for n, a in self.records.items()}}
        header = {"format": FORMAT, "kind": "training", "algorithm": self.algorithm}
        storage.save(path, header, arrays)


class Trainer:
    """Runs an algorithm on a task.

    Parameters
    ----------
    algorithm : Algorithm
    task : Task
    record : sequence of str, or mapping of str to a function of the algorithm
        "error": root mean square of W − W*; "loss"; "weights": W. Functions return arrays
        (problems, …) of one shape.
    every : int, optional
        Steps from record to record; only the end unless given. The start is recorded too
        where it is given.
    schedule : mapping of int to float, optional
        From which step on learning rates have which factor, see
        :attr:`Algorithm.factor`.

    Attributes
    ----------
    done : int
        Steps done.

    Raises
    ------
    InputError
        If an argument cannot be used.

    Notes
    -----
    Steps between two transfers see the same slow array where γ = 0. They are computed in
    one call of the fast array, which changes nothing but the time.

    A run that is interrupted and resumed gives the same bits as one in one piece. Parts of
    a batch may be cut differently only at the end of a run that is continued to more steps.

    Examples
    --------
    >>> from analogtheory.training import Devices, InMemorySGD, LinearRegression
    >>> sgd = InMemorySGD((2, 1, 3), Devices("linear", dw_min=0.01), lr=0.05)
    >>> trainer = Trainer(sgd, LinearRegression((2, 1, 3), 0.3, seed=1))
    >>> bool((trainer.run(300).final("error") < 0.1).all())
    True
    """

    def __init__(
        self,
        algorithm: Algorithm,
        task: Task,
        *,
        record: Sequence[str] | Mapping[str, Measure] = ("error",),
        every: int | None = None,
        schedule: Mapping[int, float] | None = None,
    ):
        task.check(algorithm)
        self.algorithm, self.task, self.done = algorithm, task, 0
        self._measures = _measures(record, task)
        self.every = None if every is None else whole("every", every, 1)
        self._schedule = {
            whole("schedule", step, 0): float(numbers("schedule", factor, "positive"))
            for step, factor in sorted((schedule or {}).items())
        }
        self._steps: list[int] = []
        self._records: dict[str, list[Array]] = {name: [] for name in self._measures}

    # ------------------------------------------------------------------ running

    def run(
        self,
        steps: int,
        *,
        state: str | os.PathLike[str] | None = None,
        save_every: int | None = None,
        progress: bool | None = None,
    ) -> Training:
        """Train up to a number of steps in all.

        Parameters
        ----------
        steps : int
            Of all, those of earlier runs and of a resumed one included.
        state : path, optional
            A file to resume from, if it is there, and to save to: every `save_every` steps
            and at the end. An interrupted run leaves the last one saved.
        save_every : int, optional
            Without it a run is saved at the end only; it needs a `state`.
        progress : bool, optional
            Whether to show a bar; unless given where standard error is a terminal.

        Raises
        ------
        InputError
            If a number cannot be used, or the file is not a state of this run; nothing has
            changed then.
        """
        total = whole("steps", steps, 1)
        saving = None if save_every is None else whole("save_every", save_every, 1)
        if saving and state is None:
            raise InputError("save_every: needs state=, the file to save to")
        if state is not None and Path(state).exists():
            self._resume(state, total)
        _check_total(self.done, total)
        start, saved = time.perf_counter(), self.done
        with Progress(self.algorithm.name, self.done, total, progress) as bar:
            if self.done == 0 and self.every is not None:
                self._record()
            while self.done < total:
                self._advance(total)
                bar(self.done)
                if state is not None and saving and self.done - saved >= saving:
                    self.save(state)
                    saved = self.done
        if not self._steps or self._steps[-1] != self.done:
            self._record()
        if state is not None:
            self.save(state)
        return self._result(time.perf_counter() - start)

    def _advance(self, total: int) -> None:
        """Steps up to the next transfer, record, change of rate, or the end."""
        room = max(1, self.algorithm.unchanged_for() // self.task.vectors_per_step)
        ends = [total, *(step for step in self._schedule if step > self.done)]
        if self.every is not None:
            ends.append(self.done - self.done % self.every + self.every)
        count = min(room, *(end - self.done for end in ends))
        begun = [step for step in self._schedule if step <= self.done]
        self.algorithm.factor = self._schedule[begun[-1]] if begun else 1.0
        self.algorithm.step(*self.task.vectors(self.algorithm, self.done, count))
        self.done += count
        if self.every is not None and self.done % self.every == 0:
            self._record()

    def _record(self) -> None:
        taken = {name: np.array(f(self.algorithm)) for name, f in self._measures.items()}
        self._steps.append(self.done)
        for name, value in taken.items():
            self._records[name].append(value)

    def _arrays(self) -> dict[str, Array]:
        return {name: np.array(values) for name, values in self._records.items()}

    def _result(self, seconds: float) -> Training:
        return Training(self.algorithm.name, np.array(self._steps), self._arrays(), seconds)

    # ------------------------------------------------------------------ state

    def _header(self) -> dict[str, Any]:
        setting = [self.every, self._schedule, sorted(self._measures)]
        return {
            "format": FORMAT,
            "kind": "state",
            "algorithm": self.algorithm.name,
            "algorithm settings": self.algorithm.fingerprint(),
            "task settings": self.task.fingerprint(),
            "run settings": fingerprint(setting),
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state of the run to a file, replaced at once.

        Raises
        ------
        InputError
            If it cannot be written there.
        """
        arrays = {f"state/{name}": a for name, a in self.algorithm.state().items()}
        arrays |= {f"record/{name}": a for name, a in self._arrays().items()}
        arrays["steps"] = np.array(self._steps, dtype=np.int64)
        storage.save(path, self._header() | {"done": self.done}, arrays)

    def resume(self, path: str | os.PathLike[str]) -> None:
        """Go on from a saved state.

        Raises
        ------
        InputError
            If the file is cut short or damaged, holds an unknown or unfitting state, or is
            of a run with other settings; nothing has changed then.
        """
        self._resume(path)

    def _resume(self, path: str | os.PathLike[str], total: int | None = None) -> None:
        header, arrays = storage.load(path)
        for name, wanted in self._header().items():
            if header.get(name) != wanted:
                raise InputError(
                    f"{os.fspath(path)}: its {name} is {header.get(name)!r}, "
                    f"this run has {wanted!r}"
                )
        done = header.get("done")
        if isinstance(done, bool) or not isinstance(done, int) or done < 0:
            raise InputError(f"{os.fspath(path)}: does not say how many steps are done")
        if total is not None:
            _check_total(done, total)
        parts = _sorted_out(path, arrays, set(self._measures))
        try:
            self.algorithm.restore(parts["state"])
        except InputError as problem:
            raise InputError(f"{os.fspath(path)}: {problem}") from None
        self.done, self._steps = done, [int(step) for step in arrays["steps"]]
        self._records = {name: list(parts["record"][name]) for name in self._measures}


def _check_total(done: int, total: int) -> None:
    if done > total:
        raise InputError(f"steps: {done} are done already, got {total}")


def _sorted_out(
    path: str | os.PathLike[str], arrays: dict[str, Array], records: set[str]
) -> dict[str, dict[str, Array]]:
    """The parts of a file by what they are."""
    parts: dict[str, dict[str, Array]] = {"state": {}, "record": {}}
    for name, array in arrays.items():
        kind, _, rest = name.partition("/")
        if kind in parts and rest:
            parts[kind][rest] = array
        elif name != "steps":
            raise InputError(f"{os.fspath(path)}: holds {name!r}, which is unknown")
    fits = all(len(a) == arrays["steps"].size for a in parts["record"].values()) if (
        "steps" in arrays and arrays["steps"].ndim == 1
    ) else False  # fmt: skip
    if not fits or set(parts["record"]) != records:
        raise InputError(f"{os.fspath(path)}: its records do not fit this run")
    return parts


def _measures(record: Any, task: Task) -> dict[str, Measure]:
    if isinstance(record, Mapping):
        if not all(callable(f) for f in record.values()):
            raise InputError("record: must map names to functions of the algorithm")
        return {str(name): f for name, f in record.items()}
    known: dict[str, Measure] = {
        "error": lambda algorithm: task.error(algorithm.effective_weights),
        "loss": lambda algorithm: task.loss(algorithm.effective_weights),
        "weights": lambda algorithm: algorithm.effective_weights,
    }
    names = [record] if isinstance(record, str) else list(record)
    for name in names:
        if name not in known:
            raise InputError(f"record {name!r}: unknown; use {', '.join(known)} or functions")
    return {name: known[name] for name in names}
