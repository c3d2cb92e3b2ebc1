"""Finds claims: in `analogtheory.proofs`, and in files of the user's own."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from analogtheory.claims.claim import Claim
from analogtheory.errors import InputError


def collect(files: Sequence[str | Path] = ()) -> dict[str, Claim]:
    """Every claim of the package by id, or those of the given Python files.

    Raises
    ------
    InputError
        If two claims share an id, a repair is not there, or a file cannot be used.
    """
    modules = [load_file(Path(file)) for file in files] if files else _own_modules()
    found: dict[str, Claim] = {}
    for module in modules:
        for item in claims_in(module):
            if found.get(item.id, item) is not item:
                raise InputError(f"claim {item.id}: two claims have this id")
            found[item.id] = item
    for item in found.values():
        if not files and item.repaired_by and item.repaired_by not in found:
            raise InputError(f"claim {item.id}: its repair {item.repaired_by!r} is not there")
    return found


def claims_in(module: ModuleType) -> list[Claim]:
    """The claims that a module defines, in the order of the file."""
    return [
        item
        for item in vars(module).values()
        if isinstance(item, Claim) and item.evidence.__module__ == module.__name__
    ]


def load_file(path: Path) -> ModuleType:
    """Import a Python file; THIS RUNS IT.

    Raises
    ------
    InputError
        If it is not there or does not run.
    """
    if not path.is_file() or path.suffix != ".py":
        raise InputError(f"claims {path}: there is no such Python file")
    name = f"_analogtheory_claims_{path.stem}_{abs(hash(path.resolve())):x}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as problem:
        del sys.modules[name]
        raise InputError(f"claims {path}: {type(problem).__name__}: {problem}") from problem
    return module


def _own_modules() -> list[ModuleType]:
    package = importlib.import_module("analogtheory.proofs")
    names = sorted(module.name for module in pkgutil.walk_packages(package.__path__))
    return [importlib.import_module(f"analogtheory.proofs.{name}") for name in names]
