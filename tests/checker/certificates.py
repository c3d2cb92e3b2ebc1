"""One valid certificate of every kind."""

import json
from typing import Any

import sympy

from analogtheory.algorithms import analog_sgd
from analogtheory.algorithms.symbols import W
from analogtheory.noise import Rademacher
from analogtheory.objectives import ScalarQuadratic
from analogtheory.responses.response import Response
from analogtheory.stationary import certify_expectation

IDENTITY: dict[str, Any] = {
    "kind": "identity",
    "left": "(F + G)*(F - G)/(F + G) + sqrt(F)",
    "right": "F - G + sqrt(F)",
}
POLYNOMIAL: dict[str, Any] = {
    "kind": "polynomial",
    "given": ["F > 0", "F - G >= 0", "F + G >= 0", "c - 1 == 0"],
    "conclude": "c*(F**2 - G**2) + (F - 1)**2/2 >= 0",
    "terms": [
        {"coefficient": "1", "factors": {"1": 1, "2": 1}},
        {"coefficient": "1/2", "square": "F - 1"},
        {"zero": 3, "cofactor": "F**2 - G**2"},
    ],
}
RATIO: dict[str, Any] = {
    "kind": "polynomial",
    "given": ["x > 0", "y > 0", "x - y >= 0"],
    "conclude": "1/y - 1/x >= 0",
    "multiplier": {"0": 1, "1": 1},
    "terms": [{"coefficient": "1", "factors": {"2": 1}}],
}
ROOT: dict[str, Any] = {
    "kind": "polynomial",
    "given": ["x >= 0", "y >= 0"],
    "conclude": "x + y - 2*sqrt(x*y) >= 0",
    "axioms": [["sqrt", "x*y"]],
    "by_contradiction": True,
    "multiplier": {"4": 1},
    "terms": [
        {"coefficient": "2", "factors": {"0": 1, "4": 1}},
        {"coefficient": "2", "factors": {"1": 1, "4": 1}},
        {"coefficient": "1", "square": "x - y"},
        {"zero": 3, "cofactor": "-4"},
    ],
}
SUBSTITUTION: dict[str, Any] = {
    "kind": "substitution",
    "given": ["x >= 0", "1 - x > 0", "y >= 0", "1 - y > 0"],
    "conclude": "1 - x*y > 0",
    "slacks": {
        "s": {"coefficient": "1", "factors": {"0": 1, "1": -1}},
        "t": {"coefficient": "1", "factors": {"2": 1, "3": -1}},
    },
    "substitution": {"x": "s/(1 + s)", "y": "t/(1 + t)"},
}
SMT: dict[str, Any] = {
    "kind": "smt",
    "given": ["x - 1 > 0", "y - sqrt(x) == 0"],
    "conclude": "x/y - 1 > 0",
}
INTERVAL: dict[str, Any] = {
    "kind": "interval",
    "box": {"x": ["-1", "2"], "y": ["0", "1"]},
    "given": ["x - y >= 0"],
    "conclude": "exp(-x) - 1 + x + y*x**2/10 >= 0",
    "contacts": [{"variable": "x", "at": "0"}],
    "tree": "x . .",
}
COUNTEREXAMPLE: dict[str, Any] = {
    "kind": "counterexample",
    "given": ["x >= 0", "x**2 - 2*y**2 > 0", "z == 0"],
    "conclude": "sqrt(x) - x + z >= 0",
    "point": {"x": "2", "y": "1", "z": "0"},
}


def poisson() -> dict[str, Any]:
    """E w under a stationary law, with a claimed bound."""
    device = Response("1 - w", "1 + w", -1, 1)
    dynamics = analog_sgd(
        device, ScalarQuadratic(1, sympy.Rational(9, 10)), Rademacher(0.5), lr=0.1
    )
    plain: dict[str, Any] = json.loads(certify_expectation(dynamics, W).to_json())
    return {**plain, "claimed": {"lower": "1/2", "equals": "3/5"}}


def poisson_counterexample() -> dict[str, Any]:
    """The same law, and a bound that it breaks."""
    plain = poisson()
    del plain["claimed"]
    return {"kind": "poisson-counterexample", "certificate": plain, "claimed": {"upper": "1/2"}}


CHAIN: dict[str, Any] = {"kind": "chain", "steps": [IDENTITY, {**POLYNOMIAL, "name": "second"}]}
