"""The public names are frozen: removing or renaming one is a breaking change."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import subprocess
import sys

import pytest

import analogtheory

FROZEN = {
    "CheckReport", "Dynamics", "FormulaObjective", "Gaussian", "InputError", "LeastSquares",
    "LedgerReport", "NoNoise", "Quadratic", "Rademacher", "Response", "ScalarQuadratic",
    "SeparableQuadratic", "TwoPoint", "Uniform", "analog_sgd", "buffered_residual_learning",
    "certify_expectation", "check", "claims", "parse_noise", "prove", "residual_learning",
    "responses", "simulate", "stationary_law", "verify",
    "Periphery", "Tile", "agad", "chopped_ttv2", "stochastic_hamiltonian_descent", "tiki_taka",
    "ttv2",
}  # fmt: skip


def test_names_are_frozen() -> None:
    assert set(analogtheory.__all__) == FROZEN


@pytest.mark.parametrize("name", sorted(FROZEN))
def test_every_name_can_be_imported_and_is_documented(name: str) -> None:
    found = getattr(analogtheory, name)
    assert inspect.getdoc(found)
    assert name in dir(analogtheory)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("check", ["target", "parameters", "degree", "reference", "objective", "curvature",
                   "minimiser", "noise", "lr", "gamma", "transfer_lr", "dw_min", "cycle_noise",
                   "device_variation", "seed"]),
        ("analog_sgd", ["response", "objective", "noise", "lr"]),
        ("residual_learning", ["response", "objective", "noise", "lr", "transfer_lr", "gamma",
                               "residual_response", "read_noise"]),
        ("Tile", ["response", "shape", "dw_min", "cycle_noise", "multiplicative_noise",
                  "write_noise", "device_variation", "reference", "corrupt", "corrupt_reach",
                  "periphery", "dtype", "seed", "stream", "first_problem", "backend"]),
        ("verify", ["selection", "quick", "seed", "jobs", "papers", "forms", "files", "strict",
                    "executor"]),
    ],
)  # fmt: skip
def test_signatures_are_frozen(name: str, parameters: list[str]) -> None:
    assert list(inspect.signature(getattr(analogtheory, name)).parameters) == parameters


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = analogtheory.nothing


def _modules() -> list[str]:
    found = pkgutil.walk_packages(analogtheory.__path__, "analogtheory.")
    return [module.name for module in found if not module.name.endswith("__main__")]


def test_no_public_function_shares_its_name_with_a_module() -> None:
    for name in FROZEN - {"claims", "prove", "responses"}:
        with pytest.raises(ImportError):
            importlib.import_module(f"analogtheory.{name}")


@pytest.mark.parametrize("module", _modules())
def test_every_module_imports_on_its_own_and_says_what_it_is(module: str) -> None:
    assert importlib.import_module(module).__doc__


def test_importing_the_package_is_free_of_heavy_imports() -> None:
    program = (
        "import sys, analogtheory, analogtheory.cli; analogtheory.cli.build_parser();"
        "import analogtheory.pytest_plugin;"
        "heavy = {'numpy', 'scipy', 'sympy', 'flint', 'matplotlib', 'numba', 'llvmlite', 'cupy'};"
        "heavy &= set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


#: Floors of the design: a package imports from floors below it only.
FLOORS = {
    "spawning": {"claims", "experiments", "responses", "noise", "exact"},
    "philox": {"noise", "responses", "dynamics", "simulation"},
    "kernels.formulas": {"noise", "responses", "dynamics", "simulation"},
    "responses": {"verdicts", "report", "algorithms", "bounds", "stationary", "simulation", "cli"},
    "noise": {"responses", "dynamics", "verdicts", "simulation", "stationary", "report"},
    "objectives": {"dynamics", "verdicts", "simulation", "stationary", "report"},
    "dynamics": {"algorithms", "verdicts", "simulation", "stationary", "report"},
    "algorithms": {"verdicts", "simulation", "stationary", "report"},
    "stationary": {"verdicts", "simulation", "report"},
    "simulation": {"verdicts", "stationary", "report"},
    "tiles": {"dynamics", "simulation", "verdicts", "report"},
    "training": {"simulation", "stationary", "verdicts", "report", "claims"},
    "networks": {"simulation", "stationary", "verdicts", "report", "claims", "experiments"},
    "bounds": {"verdicts", "report", "simulation", "stationary"},
    "checker": {"prove", "claims", "proofs", "stationary", "verdicts", "report", "responses"},
    "prove": {"claims", "proofs", "simulation", "verdicts", "report"},
    "claims": {"proofs", "simulation", "verdicts", "report"},
    "claims.runner": {"proofs", "simulation", "verdicts", "report"},
}


#: Imports each floor as if it were the first of the package; libraries are loaded once for all.
IMPORTS = """
import importlib, json, sys

def ours():
    return [name for name in sys.modules if name.split(".")[0] == "analogtheory"]

found = {}
for floor in sys.argv[1:]:
    for name in ours():
        del sys.modules[name]
    importlib.import_module(f"analogtheory.{floor}")
    found[floor] = [name.split(".")[1] for name in ours() if "." in name]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def imported() -> dict[str, list[str]]:
    """What of the package each floor imports, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS, *FLOORS], check=True, capture_output=True, text=True
    )
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("floor", FLOORS)
def test_floors_import_downwards_only(floor: str, imported: dict[str, list[str]]) -> None:
    assert floor.split(".")[0] in imported[floor]
    assert not set(imported[floor]) & FLOORS[floor]
