"""What `check` can be pointed at: a catalog name, a CSV of pulses, a name in a file."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from analogtheory.errors import InputError
from analogtheory.responses import catalog
from analogtheory.responses.calibration import Calibration
from analogtheory.responses.measured import MeasuredFit, fit_pulses, read_pulse_table
from analogtheory.responses.response import Response

_TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".dat")


def resolve(
    target: str, parameters: Mapping[str, Any] | None = None, *, degree: int | None = None
) -> Response | MeasuredFit:
    """Find the response that a command-line target names.

    Parameters
    ----------
    target : str
        A name of the catalog, the path of a table of measured pulses, or
        ``path/to/file.py:NAME``. The last **runs that file**.
    parameters : mapping, optional
        Parameters to set, for a name of the catalog or a response in a file.
    degree : int, optional
        Degree of the Bernstein basis, for a table of pulses.

    Raises
    ------
    InputError
        If the target names nothing that can be used.
    """
    settings = dict(parameters or {})
    if not target.strip():
        raise InputError("check: the target is empty; give a name, a CSV file or FILE.py:NAME")
    if ".py:" in target:
        response = _from_file(target)
        return response.with_parameters(**settings) if settings else response
    is_table = Path(target).suffix.lower() in _TABLE_SUFFIXES or Path(target).exists()
    if degree is not None and (target in catalog.names() or not is_table):
        raise InputError("degree: is for a table of measured pulses; leave it out here")
    if target in catalog.names():
        return catalog.get(target, **settings)
    path = Path(target)
    if path.suffix.lower() in _TABLE_SUFFIXES or path.exists() or len(path.parts) > 1:
        if path.suffix.lower() == ".py":
            raise InputError(f"{target}: name the response in the file, as {target}:RESPONSE")
        if settings:
            raise InputError(f"{target}: a measured response has no parameters to set")
        return measured(path, degree=degree)
    return catalog.get(target, **settings)  # raises, and knows near misses


def measured(path: str | Path, *, degree: int | None = None) -> MeasuredFit:
    """Fit a response to a table of measured pulses.

    Raises
    ------
    InputError
        If the table cannot be used.
    """
    return fit_pulses(read_pulse_table(path), degree=degree)


def calibrated(fit: MeasuredFit) -> Response:
    """The fitted response with its measured step size and cycle noise attached."""
    response = fit.response
    return Response(
        response.general_up,
        response.general_down,
        response.general_low,
        response.general_high,
        name=response.name,
        source=response.source,
        parameters=response.parameters,
        calibration=Calibration(
            dw_min=fit.dw_min, cycle_noise=fit.cycle_noise, multiplicative_noise=False
        ),
    )


def _from_file(target: str) -> Response:
    file, _, name = target.rpartition(":")
    path = Path(file)
    if not name.isidentifier():
        raise InputError(f"{target}: write path/to/file.py:NAME with the name of a Response")
    if not path.is_file():
        raise InputError(f"{target}: there is no file {file}; write path/to/file.py:NAME")
    found = getattr(_run(path, target), name, None)
    if isinstance(found, Response):
        return found
    if found is None:
        raise InputError(f"{target}: {file} defines no {name}")
    raise InputError(
        f"{target}: {name} is a {type(found).__name__}; it must be an analogtheory.Response"
    )


def _run(path: Path, target: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"_analogtheory_user_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise InputError(f"{target}: {path} cannot be run as Python")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except InputError:
        raise
    except (Exception, SystemExit) as problem:
        line = _line_of(problem, path)
        what = " ".join(f"{type(problem).__name__}: {problem}".split())
        raise InputError(f"{target}: running {path}{line} failed: {what}") from problem
    return module


def _line_of(problem: BaseException, path: Path) -> str:
    trace, line = problem.__traceback__, ""
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename) == path:
            line = f", line {trace.tb_lineno},"
        trace = trace.tb_next
    return line
