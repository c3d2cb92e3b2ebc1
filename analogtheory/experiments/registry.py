"""Which experiments there are: the modules of this package that define ``EXPERIMENT``."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Sequence
from pathlib import Path

from analogtheory.errors import InputError
from analogtheory.experiments.core import Experiment

_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The experiments by name, without importing them."""
    found = [module.name for module in pkgutil.iter_modules([str(_FOLDER)])]
    return [name for name in sorted(found) if _defines(_FOLDER / f"{name}.py")]


def _defines(path: Path) -> bool:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return any(line.startswith("EXPERIMENT = Experiment(") for line in lines)


def load(name: str) -> Experiment:
    """One experiment.

    Raises
    ------
    InputError
        If there is none of that name; the message has the names that are similar.
    """
    wanted, known = name.replace("-", "_"), names()
    if wanted not in known:
        similar = difflib.get_close_matches(wanted, known, n=2, cutoff=0.5)
        hint = (
            f"did you mean {' or '.join(similar)}?" if similar else f"there are {' '.join(known)}"
        )
        raise InputError(f"figures {name}: no such experiment; {hint}")
    module = importlib.import_module(f"analogtheory.experiments.{wanted}")
    experiment: Experiment = module.EXPERIMENT
    return experiment


def select(wanted: Sequence[str]) -> list[Experiment]:
    """The experiments asked for, in the order asked; all of them if none is named."""
    return [load(name) for name in dict.fromkeys(wanted or names())]
