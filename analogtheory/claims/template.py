"""`new-claim`: a file with one claim that runs as it is, and says what to change."""

from __future__ import annotations

import re
from pathlib import Path

from analogtheory.errors import InputError

_TEXT = '''\
"""One sentence: which statement this file holds against the mathematics.

Problem, hypotheses, statement with its theorem number, and how it is proved. The example is
Young's inequality 2ab ≤ c·a² + b²/c for c > 0. Replace it by your own statement, then

    analogtheory verify @FILE@ --explain
    pytest @FILE@        # one test for the claim, one for each twin
"""

from __future__ import annotations

import sympy
from analogtheory.claims import (
    Evidence,
    Run,
    claim,
    conclude,
    derived,
    facts_of,
    hypothesis,
    lemma,
    twin,
)
from analogtheory.prove import gt, le, prove_polynomial

# Symbols are real and nothing more: what is positive is a hypothesis that the proof must use.
a, b, c = sympy.symbols("a b c", real=True)

# Each hypothesis in words, with the facts that the proof is given.
HYPOTHESES = (
    hypothesis("a and b are any real numbers"),
    hypothesis("c > 0", gt(c)),
)


@claim(
    "@ID@",
    # From a paper: Source("2502.06309", "Theorem 2"), which analogtheory.claims exports too.
    source=derived("Young's inequality"),
    # "printed" as a paper prints it, "repaired", or "derived" here.
    form="derived",
    statement="2ab ≤ c·a² + b²/c for all real a, b and every c > 0",
    latex=r"2ab \\le c\\,a^2 + \\frac{b^2}{c}",
    hypotheses=HYPOTHESES,
    # Each twin calls the function below with other constants. The same evidence must reject it,
    # or the claim fails: a proof that also proves something false proves nothing.
    twins=(
        twin("3ab instead of 2ab", factor=3),
        twin("without c > 0", drop="c > 0"),
    ),
)
def @FUNCTION@(run: Run, factor: int = 2, drop: str = "") -> Evidence:
    """The evidence: steps, of which the weakest decides.

    The constants of the statement are keyword arguments, with its own values as defaults;
    `run.quick` asks for smaller grids where there are any.
    """
    return conclude(
        lemma(
            "c times the gap is (c·a − b)²",
            prove_polynomial(
                le(factor * a * b, c * a**2 + b**2 / c),
                given=facts_of(HYPOTHESES, drop=drop),
                squares=[c * a - b],
            ),
        ),
    )
'''


def write_claim(name: str, folder: str | Path = ".") -> Path:
    """Write ``claim_NAME.py`` and return its path.

    Parameters
    ----------
    name : str
        Lower-case words joined by hyphens or underscores.
    folder : path
        Where; it must be there.

    Raises
    ------
    InputError
        If the name will not do, the folder is not there, or the file is.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*", name):
        raise InputError(
            f"new-claim {name!r}: use lower-case words joined by hyphens, such as penalised-root"
        )
    function = f"claim_{name.replace('-', '_')}"
    place = Path(folder)
    if not place.is_dir():
        raise InputError(f"new-claim: there is no folder {folder}")
    path = place / f"{function}.py"
    text = _TEXT.replace("@FILE@", path.name).replace("@FUNCTION@", function)
    text = text.replace("@ID@", name.replace("_", "-"))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(f"new-claim: {path} is there already; choose another name") from None
    except OSError as problem:
        raise InputError(f"new-claim: {path} cannot be written ({problem.strerror})") from problem
    return path
