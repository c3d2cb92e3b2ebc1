"""Finds claims: in `analogtheory.proofs`, and in files of the user's own."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import pkgutil
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType

from analogtheory.claims.claim import Claim
from analogtheory.errors import InputError

#: The package of the ledger's own claims.
PROOFS = "analogtheory.proofs"


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
        claims = claims_in(module)
        if files and not claims:
            raise InputError(f"claims {module.__file__}: the file defines no claim")
        for item in claims:
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


def origin_of(claim: Claim) -> str:
    """Where another process finds the claim: a module of the package, or a file."""
    name = claim.evidence.__module__
    if name.startswith(f"{PROOFS}."):
        return name
    return str(sys.modules[name].__file__)


def load(origin: str) -> ModuleType:
    """The module that :func:`origin_of` names."""
    return load_file(Path(origin)) if origin.endswith(".py") else importlib.import_module(origin)


def load_file(path: Path) -> ModuleType:
    """Import a Python file once for its place and content; THIS RUNS IT.

    A file of the ledger's own package is imported under its usual name, so that its claims
    are the same objects however they are reached.

    Raises
    ------
    InputError
        If it is not there or does not run.
    """
    if not path.is_file() or path.suffix != ".py":
        raise InputError(f"claims {path}: there is no such Python file")
    place = path.resolve()
    if str(place.parent) in _own_folders():
        return _imported(f"{PROOFS}.{place.stem}", str(path))
    digest = hashlib.sha256(str(place).encode() + b"\0" + place.read_bytes()).hexdigest()[:16]
    name = f"_analogtheory_claims_{re.sub(r'[^0-9A-Za-z_]', '_', place.stem)}_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as problem:
        del sys.modules[name]
        if isinstance(problem, Exception | SystemExit):
            raise _unusable(str(path), problem, place) from problem
        raise
    return module


def _own_folders() -> Iterable[str]:
    spec = importlib.util.find_spec(PROOFS)
    places = spec.submodule_search_locations if spec else None
    return [str(Path(place).resolve()) for place in places or ()]


def _own_modules() -> list[ModuleType]:
    names = sorted(module.name for module in pkgutil.iter_modules(list(_own_folders())))
    return [_imported(f"{PROOFS}.{name}", f"{PROOFS}.{name}") for name in names]


def _imported(name: str, shown: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as problem:
        raise _unusable(shown, problem) from problem


def _unusable(shown: str, problem: BaseException, place: Path | None = None) -> InputError:
    """One line that says what went wrong, and in which line of the file."""
    trace, line = problem.__traceback__, ""
    while trace is not None:
        if place is not None and Path(trace.tb_frame.f_code.co_filename) == place:
            line = f"line {trace.tb_lineno}: "
        trace = trace.tb_next
    what = " ".join(f"{type(problem).__name__}: {problem}".split())
    return InputError(f"claims {shown}: {line}{what}")
