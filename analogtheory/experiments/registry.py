"""Which experiments there are: the modules of this package that define ``EXPERIMENT``.

A module elsewhere that defines one is named with its package, ``my_package.my_experiment``.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path

from analogtheory.errors import InputError
from analogtheory.experiments.core import Experiment

PACKAGE = "analogtheory.experiments"
_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The experiments by name, without importing them."""
    found = [module.name for module in pkgutil.iter_modules([str(_FOLDER)])]
    return [name for name in sorted(found) if _defines(_FOLDER / f"{name}.py")]


def _defines(path: Path) -> bool:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return any(line.startswith("EXPERIMENT = Experiment(") for line in lines)


def load(name: str) -> Experiment:
    """One experiment, by its name or by its module elsewhere; the latter RUNS THAT MODULE.

    Raises
    ------
    InputError
        If there is none of that name; the message has the names that are similar.
    """
    if "." in name:
        return _load_elsewhere(name)
    wanted, known = name.replace("-", "_"), names()
    if wanted not in known:
        similar = difflib.get_close_matches(wanted, known, n=2, cutoff=0.5)
        hint = (
            f"did you mean {' or '.join(similar)}?" if similar else f"there are {' '.join(known)}"
        )
        raise InputError(f"figures {name}: no such experiment; {hint}")
    module = importlib.import_module(f"{PACKAGE}.{wanted}")
    experiment: Experiment = module.EXPERIMENT
    return experiment


def _load_elsewhere(name: str) -> Experiment:
    try:
        found = getattr(importlib.import_module(name), "EXPERIMENT", None)
    except (ImportError, ValueError) as problem:
        raise InputError(
            f"figures {name}: cannot be imported ({problem}); give the name of an experiment, or "
            "a module as Python imports it"
        ) from problem
    if not isinstance(found, Experiment):
        raise InputError(f"figures {name}: the module defines no EXPERIMENT = Experiment(…)")
    return found


def module_of(experiment: Experiment) -> str:
    """The module that another process finds an experiment in; "" if there is none."""
    own = f"{PACKAGE}.{experiment.name}"
    for name in (own, *list(sys.modules)):
        module = sys.modules.get(name)
        if name != "__main__" and getattr(module, "__dict__", {}).get("EXPERIMENT") is experiment:
            return name
    return ""


def select(wanted: Sequence[str]) -> list[Experiment]:
    """The experiments asked for, in the order asked; all of them if none is named."""
    return [load(name) for name in dict.fromkeys(wanted or names())]
