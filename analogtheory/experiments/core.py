"""What an experiment is: numbers, and the picture that is drawn from them and nothing else.

An experiment is a module of this package with a line ``EXPERIMENT = Experiment(``; its name is that
of the module. It is found without being registered anywhere. A picture of more than a few lines
goes into ``NAME_figure.py``, which is imported inside ``draw`` only, so that a new look does not
make the numbers old.

The contract
------------
``inputs``
    For each size the numbers that the experiment starts from, as JSON can hold them. Everything
    that ``compute`` uses is in there, the seed of a sampled experiment under the name "seed".
    ``quick`` is for tests and CI (a few seconds); ``full`` is what is printed.
``compute(size, progress)``
    Returns arrays by name. Each is what the picture shows or what a reader would look up: the
    simulated points, the closed form or proved curve at the same places, the half-width of each
    sampled number. It reads no file, draws nothing and prints nothing; it calls
    ``progress(share)``, 0 ≤ share ≤ 1, now and then. The arrays of the quick size take less than
    100 kB together. Random numbers come from the seed in ``inputs`` only.
``sweep``
    In place of ``compute`` where the work falls into independent parts of more than a second each:
    :class:`Sweep`. The parts may be computed in any order, in other processes or on other machines,
    and each is kept on disk as soon as it is there.
``tolerances(data)``
    For each array the largest difference that two runs may have, a number or an array of the same
    shape, derived from the data: :func:`rounding` for deterministic numbers, :func:`sampling` for
    sampled ones and :func:`sampling_of_width` for their half-widths (both from :func:`interval`).
    Names must be those of ``data``. NaN agrees with NaN.
``draw(data)``
    Returns a figure from :func:`analogtheory.experiments.look.new_figure`. It computes no number
    that is not in ``data`` beyond a rescaling, so that what is seen is what is stored. It is called
    within the style of :mod:`analogtheory.experiments.look`.
``caption``, ``claims``
    What is seen, with symbols and units, in plain text; and the ids of the claims of the ledger
    that the drawn curves come from. The caption names each of them (a test holds both).
``table``
    Optional: the numbers as a Markdown table, written beside the picture.

What becomes of it (:mod:`analogtheory.experiments.run`): ``analogtheory figures NAME`` writes
NAME.npz, NAME.json, NAME.pdf and NAME.png into ``paper_figs`` (full size) or ``paper_figs/quick``;
``--check`` computes the quick size again and compares it with ``paper_figs/quick/NAME.npz``.
To add an experiment: write the module, run ``analogtheory figures NAME --quick``, look at the
picture, and keep quick/NAME.npz and quick/NAME.json. At the end of the module::

    if __name__ == "__main__":
        run_module(EXPERIMENT)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
Data: TypeAlias = dict[str, Array]
Size: TypeAlias = Literal["quick", "full"]
SIZES: tuple[Size, ...] = ("quick", "full")
#: Called with the share of the work that is done.
Progress: TypeAlias = Callable[[float], None]
#: Half of the spacing of the numbers next to 1.
UNIT_ROUNDOFF = float(np.finfo(np.float64).eps) / 2


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """An experiment in independent parts.

    Attributes
    ----------
    parts : callable (size) -> list of dict
        What each part starts from, as JSON can hold it: all that ``run`` uses is in there. Parts
        take about the same time, some seconds to some minutes at full size.
    run : callable (part, progress) -> dict of arrays
        One part; a function of a module, so that its name can be sent to another process.
    join : callable (size, list of dict of arrays) -> dict of arrays
        The experiment's arrays, from those of the parts in their order; takes no time.
    """

    parts: Callable[[Size], list[dict[str, Any]]]
    run: Callable[[Mapping[str, Any], Progress], Data]
    join: Callable[[Size, Sequence[Data]], Data]


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """One experiment; the module's docstring says what each part has to do.

    Attributes
    ----------
    name : str
        Name of the module and of the files.
    title : str
        One line.
    caption : str
    claims : tuple of str
        Ids of the ledger.
    inputs : mapping of size to mapping
    compute : callable (size, progress) -> dict of arrays, or None
    draw : callable (data) -> Figure
    tolerances : callable (data) -> dict of tolerances
    table : callable (data) -> str, optional
    sweep : Sweep, optional
        Either this or ``compute`` is given.
    """

    name: str
    title: str
    caption: str
    claims: tuple[str, ...]
    inputs: Mapping[Size, Mapping[str, Any]]
    compute: Callable[[Size, Progress], Data] | None = None
    draw: Callable[[Data], Figure]
    tolerances: Callable[[Data], Mapping[str, float | Array]]
    table: Callable[[Data], str] | None = None
    sweep: Sweep | None = None

    def __post_init__(self) -> None:
        if (self.compute is None) == (self.sweep is None):
            raise TypeError(f"{self.name}: an experiment has either compute or sweep")


def silent(share: float) -> None:
    """A progress that nobody watches."""


def rounding(values: ArrayLike, operations: int) -> float:
    """How far two computations of the same numbers may differ by rounding alone.

    Each of ``operations`` arithmetic operations in a row may add a relative error of one unit
    roundoff u to a number of the size of the largest value (and of at least 1, the size of what
    enters); libraries may order sums differently, which two computations do independently:
    2·operations·u·max(1, max|value|). For maps that do not expand.

    Examples
    --------
    >>> f"{rounding([0.5, -4.0], operations=1000):.1e}"
    '8.9e-13'
    """
    finite = np.abs(np.asarray(values, dtype=float))
    finite = finite[np.isfinite(finite)]
    largest = max(1.0, float(finite.max())) if finite.size else 1.0
    return 2 * operations * UNIT_ROUNDOFF * largest


def sampling(half_width: ArrayLike, widths: float = 2.0) -> Array:
    """How far two independent runs of a sampled number may differ.

    The difference of two estimates of the same number, each with the 99 % half-width h
    (2.58 standard errors), has the standard error √2·h/2.58; twice h is 3.65 of them: two runs
    with different seeds differ by more with probability 2.6e-4.
    """
    return np.asarray(widths * np.asarray(half_width, dtype=float))


def sampling_of_width(half_width: ArrayLike, replicas: int) -> Array:
    """How far two independent runs of an interval's half-width may differ.

    A standard deviation from n nearly normal numbers has the relative standard error 1/√(2n), the
    difference of two √2 times as much, 1/√n; this is four of them.
    """
    return np.asarray(4 / np.sqrt(replicas) * np.asarray(half_width, dtype=float))


def interval(values: Array, axis: int) -> tuple[Array, Array]:
    """Mean over independent runs along an axis, and half of its 99 % interval (Student's t)."""
    from scipy import stats

    count = values.shape[axis]
    spread = values.std(axis=axis, ddof=1) / np.sqrt(count)
    return values.mean(axis=axis), float(stats.t.ppf(0.995, count - 1)) * spread


def run_module(experiment: Experiment, arguments: Sequence[str] | None = None) -> None:
    """Behave as ``analogtheory figures NAME`` would: what ``python -m`` on the module does."""
    import sys

    from analogtheory.cli import main

    words = list(sys.argv[1:] if arguments is None else arguments)
    raise SystemExit(main(["figures", experiment.name, *words]))
