"""An experiment that is one part, for the tests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analogtheory.experiments.core import Data, Progress, Size

from . import sweeping


def compute(size: Size, progress: Progress) -> Data:
    return {"x": np.arange(6.0), "count": np.array([1.0])}


EXPERIMENT = replace(
    sweeping.EXPERIMENT, name="single", title="One part", compute=compute, sweep=None
)
