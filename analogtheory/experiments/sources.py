"""Which source files the numbers of an experiment depend on, and their SHA-256 sum.

The modules of this package that its module imports, directly or through others, wherever in the
file the import stands. What only shows numbers is left out: figures, reports, the command line.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_SHOWN = ("report", "cli", "experiments/look")


@cache
def source_hash(name: str) -> str:
    """SHA-256 over the names and contents of what an experiment depends on."""
    digest = hashlib.sha256()
    for path in dependencies(_ROOT / "experiments" / f"{name}.py"):
        digest.update(path.relative_to(_ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def dependencies(start: Path) -> list[Path]:
    """The module and all that it imports of this package, by path; [] if it is no file."""
    found: set[Path] = set()
    waiting = [start] if start.is_file() else []
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported(path)
    return sorted(found)


def _imported(path: Path) -> Iterator[Path]:
    """Modules and packages named in the import statements of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            yield from _files(name)


def _files(name: str) -> Iterator[Path]:
    """The file of a dotted name, and the __init__ of each package that it lies in."""
    package, *parts = name.split(".")
    if package != "analogtheory":
        return
    for depth in range(1, len(parts) + 1):
        place = _ROOT.joinpath(*parts[:depth])
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            shown = path.relative_to(_ROOT).as_posix().startswith(_SHOWN)
            if path.is_file() and not shown and not path.stem.endswith("_figure"):
                yield path
