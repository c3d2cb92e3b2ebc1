"""Small claims of every outcome, in files of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

HEAD = """\
import sympy
from analogtheory.claims import *
from analogtheory.errors import MissingExtra
from analogtheory.prove import Unknown, prove_identity

a, b = sympy.symbols("a b", real=True)


def binomial(two):
    return lemma("expand", prove_identity((a + b) ** 2, a**2 + two * a * b + b**2))


def a_claim(id, *, form="printed", source=Source("2502.06309", "eq. (1)"), twins=None, **more):
    return claim(
        id, source=source, form=form, statement="(a + b)² = a² + 2ab + b²", latex="(a + b)^2",
        hypotheses=(hypothesis("a and b are real"),),
        twins=twins or (twin("three for two", two=3), twin("no product", two=0)), **more,
    )
"""

GOOD = """

@a_claim("square")
def square(run, two=2):
    return conclude(binomial(two), binomial(two))


@a_claim("square-by-numbers", source=derived("two numbers"), form="derived")
def square_by_numbers(run, two=2):
    return conclude(agrees("(1 + 2)²", 5 + 2 * two, 9, tolerance=0), domain="a = 1, b = 2")


@a_claim(
    "square-printed", expected="refuted", repaired_by="square", consequence="none",
    twins=(twin("two for five", two=2),),
)
def square_printed(run, two=5):
    return conclude(binomial(two))
"""

EXTRA = """

@a_claim("by-extra")
def by_extra(run, two=2):
    return conclude(lemma("z3", Unknown("z3 is not installed", "smt")))


@a_claim("by-extra-raised")
def by_extra_raised(run, two=2):
    raise MissingExtra("smt")
"""

BAD = """

@a_claim("wrong")
def wrong(run, two=5):
    return conclude(binomial(two))


@a_claim("surviving", twins=(twin("nothing that matters", two=7),))
def surviving(run, two=2):
    return conclude(binomial(2))


@a_claim("raising")
def raising(run, two=2):
    raise RuntimeError("one\\ntwo")


@a_claim("no-longer-refuted", expected="refuted", repaired_by="square", consequence="none")
def no_longer_refuted(run, two=2):
    return conclude(binomial(two))


@a_claim("nothing-returned")
def nothing_returned(run, two=2):
    print("a claim may print")
"""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """Three claims as on record, one of each form of evidence that needs no time."""
    return written(tmp_path / "claim_good.py", GOOD)


@pytest.fixture
def extra(tmp_path: Path) -> Path:
    """Two claims that only an extra can decide."""
    return written(tmp_path / "claim_extra.py", EXTRA)


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """Claims that fail, each in a way of its own."""
    return written(tmp_path / "claim_bad.py", BAD)


def written(path: Path, text: str) -> Path:
    path.write_text(HEAD + text, encoding="utf-8")
    return path
