"""One experiment under way: which of its parts are there, to be computed, or failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from analogtheory.experiments import parts
from analogtheory.experiments.core import Data, Experiment, Size
from analogtheory.experiments.parts import Done, Part


@dataclass
class Work:
    """What is there and what is to be done of one experiment.

    Attributes
    ----------
    experiment : Experiment
    parts : list of Part
        All of them, in the order of the sweep.
    pending : dict of key to Part
        What is still to be computed here.
    found : dict of key to Done
    folder : Path, optional
        Where each part is written as soon as it is there.
    stored : dict of arrays, optional
        Numbers of the whole experiment that are there already.
    notes : list of str
        What was wrong with files that were there.
    problems : list of Exception
        Of the parts that failed.
    """

    experiment: Experiment
    parts: list[Part] = field(default_factory=list)
    pending: dict[str, Part] = field(default_factory=dict)
    found: dict[str, Done] = field(default_factory=dict)
    folder: Path | None = None
    stored: Data | None = None
    notes: list[str] = field(default_factory=list)
    problems: list[Exception] = field(default_factory=list)

    @property
    def missing(self) -> int:
        """How many parts are not there."""
        return sum(part.key not in self.found for part in self.parts)

    @property
    def seconds(self) -> float:
        """How long its parts took together."""
        return sum(done.seconds for done in self.found.values())

    def take(self, part: Part, outcome: Done | Exception) -> None:
        """A part is there, or has failed."""
        del self.pending[part.key]
        if isinstance(outcome, Exception):
            self.problems.append(outcome)
            return
        self.found[part.key] = outcome
        if self.folder is not None:
            parts.write(self.folder, self.experiment, part, outcome)

    def look_for(self, part: Part) -> None:
        """Read a part if it is on disk and whole."""
        if self.folder is not None:
            done, note = parts.read(self.folder, self.experiment, part)
            self.found |= {part.key: done} if done else {}
            self.notes += [note] if note else []

    def forget(self) -> None:
        """Let go of the numbers once they are written."""
        self.found, self.stored = {}, None

    def joined(self, size: Size) -> Data:
        """The numbers of the experiment, as arrays of doubles."""
        data = [self.found[part.key].data for part in self.parts]
        sweep = self.experiment.sweep
        joined = data[0] if sweep is None else sweep.join(size, data)
        return {name: np.asarray(values, dtype=np.float64) for name, values in joined.items()}


def planned(experiment: Experiment, size: Size) -> Work:
    """All parts of an experiment, none of them computed, none to be written."""
    found = parts.parts_of(experiment, size)
    return Work(experiment, parts=found, pending={part.key: part for part in found})
