"""Every kind of certificate is accepted as it stands, and rejected in every corrupted form."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from analogtheory.checker import KINDS, failure

from .certificates import (
    CHAIN,
    COUNTEREXAMPLE,
    IDENTITY,
    INTERVAL,
    POLYNOMIAL,
    RATIO,
    ROOT,
    SMT,
    SUBSTITUTION,
    poisson,
    poisson_counterexample,
)

VALID: dict[str, Callable[[], dict[str, Any]]] = {
    "identity": lambda: IDENTITY,
    "polynomial": lambda: POLYNOMIAL,
    "ratio": lambda: RATIO,
    "root": lambda: ROOT,
    "substitution": lambda: SUBSTITUTION,
    "smt": lambda: SMT,
    "interval": lambda: INTERVAL,
    "poisson": poisson,
    "poisson-counterexample": poisson_counterexample,
    "counterexample": lambda: COUNTEREXAMPLE,
    "chain": lambda: CHAIN,
}

#: Name, path to the changed entry, and what it becomes; None removes it.
CORRUPTIONS: list[tuple[str, list[Any], Any]] = [
    ("identity", ["right"], "F + G + sqrt(F)"),
    ("identity", ["right"], "F - G + sqrt(G)"),
    ("identity", ["left"], "F - G + 1/(F - F)"),
    ("identity", ["left"], 3),
    ("identity", ["left"], "F - G if F else F"),
    ("identity", ["left"], "__import__('os').getcwd()"),
    ("identity", ["right"], None),
    ("identity", ["kind"], "no such kind"),
    ("polynomial", ["terms", 1, "coefficient"], "1/3"),
    ("polynomial", ["terms", 1, "coefficient"], "-1/2"),
    ("polynomial", ["terms", 1, "coefficient"], 0.5),
    ("polynomial", ["terms", 0, "coefficient"], True),
    ("polynomial", ["terms", 0, "coefficient"], "1e0"),
    ("polynomial", ["terms", 1, "square"], "F + 1"),
    ("polynomial", ["terms", 0, "factors"], {"0": 1, "1": 1}),
    ("polynomial", ["terms", 0, "factors"], {"1": 2}),
    ("polynomial", ["terms", 0, "factors"], {"1": -1, "2": 1}),
    ("polynomial", ["terms", 0, "factors"], {"1": 1, "9": 1}),
    ("polynomial", ["terms", 0, "factors"], {"1": 1, "2": 1.0}),
    ("polynomial", ["terms", 2, "zero"], 0),
    ("polynomial", ["terms", 2, "zero"], -1),
    ("polynomial", ["terms", 2, "cofactor"], "F**2 + G**2"),
    ("polynomial", ["terms", 1], None),
    ("polynomial", ["terms"], []),
    ("polynomial", ["given", 1], "G - F >= 0"),
    ("polynomial", ["given", 3], "c - 1 >= 0"),
    ("polynomial", ["given", 3], "c - 2 == 0"),
    ("polynomial", ["given"], None),
    ("polynomial", ["conclude"], "c*(F**2 - G**2) + (F - 1)**2/2 > 0"),
    ("polynomial", ["conclude"], "c*(F**2 - G**2) + (F - 1)**2/2 == 0"),
    ("polynomial", ["conclude"], "c*(F**2 - G**2) + (F - 1)**2/3 >= 0"),
    ("ratio", ["multiplier"], {"0": 1}),
    ("ratio", ["multiplier"], {"0": 1, "2": 1}),
    ("ratio", ["multiplier"], None),
    ("ratio", ["given", 0], "x >= 0"),
    ("ratio", ["given", 2], "y - x >= 0"),
    ("ratio", ["conclude"], "1/y - 1/x > 0"),
    ("root", ["by_contradiction"], None),
    ("root", ["axioms"], []),
    ("root", ["axioms", 0], ["sqrt", "x*y + 1"]),
    ("root", ["axioms", 0], ["cbrt", "x*y"]),
    ("root", ["axioms", 0], ["Abs", "x*y"]),
    ("root", ["terms", 3, "cofactor"], "4"),
    ("root", ["multiplier"], {"0": 1}),
    ("root", ["conclude"], "x + y - 3*sqrt(x*y) >= 0"),
    ("root", ["conclude"], "x + y - 2*sqrt(x*y) > 0"),
    ("substitution", ["slacks", "s", "coefficient"], "-1"),
    ("substitution", ["slacks", "s", "coefficient"], "2"),
    ("substitution", ["slacks", "s", "factors"], {"0": -1, "1": -1}),
    ("substitution", ["slacks", "s", "factors"], {"0": 1}),
    ("substitution", ["substitution", "x"], "s/(2 + s)"),
    ("substitution", ["substitution", "x"], None),
    ("substitution", ["substitution", "x"], "x"),
    ("substitution", ["given", 1], "1 - x >= 0"),
    ("substitution", ["conclude"], "1 - 2*x*y > 0"),
    ("substitution", ["conclude"], "1 - x*y == 0"),
    ("substitution", ["conclude"], "x*y > 0"),
    ("smt", ["given", 0], "x - 1 >= 0"),
    ("smt", ["given"], []),
    ("smt", ["given", 1], "y + sqrt(x) == 0"),
    ("smt", ["conclude"], "x/y - 2 > 0"),
    ("smt", ["conclude"], "exp(x) > 0"),
    ("smt", ["conclude"], "x/y - 1"),
    ("interval", ["tree"], "x ."),
    ("interval", ["tree"], "x . . ."),
    ("interval", ["tree"], ""),
    ("interval", ["tree"], "x z . ."),
    ("interval", ["box", "x"], ["-1", "2", "3"]),
    ("interval", ["box", "x"], "12"),
    ("interval", ["box", "x"], ["2", "-1"]),
    ("interval", ["box", "x"], None),
    ("interval", ["box", "y"], ["-9", "1"]),
    ("interval", ["contacts", 0, "at"], "1/8"),
    ("interval", ["contacts", 0, "variable"], "y"),
    ("interval", ["contacts", 0, "variable"], "z"),
    ("interval", ["contacts"], []),
    ("interval", ["given", 0], "x - u >= 0"),
    ("interval", ["conclude"], "exp(-x) - 1 + x + y*x**2/10 > 0"),
    ("interval", ["conclude"], "exp(-x) - 1 + x + y*x**2/10 == 0"),
    ("interval", ["conclude"], "exp(-x) - 1 + x - y*x**2 >= 0"),
    ("interval", ["conclude"], "exp(-x) - 1 + x + y*x**2/10 + 0*log(x) >= 0"),
    ("poisson", ["half_width"], "-1"),
    ("poisson", ["center"], "61/100"),
    ("poisson", ["h", 1], "5"),
    ("poisson", ["offset", 0], "1"),
    ("poisson", ["interval", 1], "2"),
    ("poisson", ["atoms", 0, 1], "1/3"),
    ("poisson", ["atoms"], []),
    ("poisson", ["up"], "1"),
    ("poisson", ["slope"], 0.05),
    ("poisson", ["claimed", "lower"], "7/10"),
    ("poisson", ["claimed", "equals"], "601/1000"),
    ("poisson", ["claimed", "about"], "3/5"),
    ("poisson-counterexample", ["claimed", "upper"], "3/5"),
    ("poisson-counterexample", ["claimed"], {"lower": "1/2"}),
    ("poisson-counterexample", ["claimed"], {}),
    ("poisson-counterexample", ["claimed", "lower"], "9/10"),
    ("poisson-counterexample", ["certificate", "center"], "7/10"),
    ("poisson-counterexample", ["certificate", "half_width"], "1/5"),
    ("counterexample", ["point", "x"], "1"),
    ("counterexample", ["point", "x"], "-2"),
    ("counterexample", ["point", "x"], 2.0),
    ("counterexample", ["point", "y"], "2"),
    ("counterexample", ["point", "y"], None),
    ("counterexample", ["point", "z"], "1/1000"),
    ("counterexample", ["point", "z"], "1/0"),
    ("counterexample", ["conclude"], "sqrt(x) + x + z >= 0"),
    ("counterexample", ["conclude"], "sqrt(-x) - 2 >= 0"),
    ("counterexample", ["conclude"], "0*log(-x) - 1 >= 0"),
    ("counterexample", ["conclude"], "0/(x - 2) - 1 >= 0"),
    ("counterexample", ["conclude"], "0*sqrt(1 - sqrt(x)) - 1 >= 0"),
    ("counterexample", ["given", 1], "x**2 - 4*y**2 > 0"),
    ("chain", ["steps"], []),
    ("chain", ["steps", 0, "right"], "F"),
    ("chain", ["steps", 1, "terms"], []),
    ("chain", ["steps", 1, "kind"], "chain"),
]


def _needs(name: str) -> None:
    if name == "smt":
        pytest.importorskip("z3")


@pytest.mark.parametrize("name", VALID)
def test_valid(name: str) -> None:
    _needs(name)
    assert failure(VALID[name]()) == ""


def test_every_kind_is_covered() -> None:
    assert {make()["kind"] for make in VALID.values()} == set(KINDS)


@pytest.mark.parametrize(("name", "path", "value"), CORRUPTIONS)
def test_corrupted(name: str, path: list[Any], value: Any) -> None:
    _needs(name)
    certificate = copy.deepcopy(VALID[name]())
    place = certificate
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    assert failure(certificate)


@pytest.mark.parametrize("junk", [[], None, "identity", 3, {"kind": ["identity"]}, {}])
def test_no_certificate_at_all(junk: Any) -> None:
    assert failure(junk)
