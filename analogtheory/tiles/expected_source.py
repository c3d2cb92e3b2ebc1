"""The numba kernel of an expected update: w ← w ± n·s(w), n = lr|x||d|/Δw_min, no pulses.

Source: arXiv:2502.06309 eq. (5), vector by vector.
"""

from __future__ import annotations

from analogtheory.kernels.numba_statements import HEADER, definition, indented
from analogtheory.kernels.statements import closure
from analogtheory.tiles.arguments import EXPECTED
from analogtheory.tiles.step import Step


def source(
    step: Step,
    precision: int,
    arrays: dict[str, tuple[int, int]],
    constants: dict[str, tuple[int, int]],
) -> str:
    """The text of the module that defines ``kernel``; a unit of work is one row of cells.

    `x` holds lr·x/Δw_min, so that |x·d| is the number of expected pulses.
    """
    given = {name: _choice(f"fields[{a}, s]", f"fields[{b}, s]") for name, (a, b) in arrays.items()}
    given |= {
        name: _choice(f"constants[{a}]", f"constants[{b}]") for name, (a, b) in constants.items()
    }
    values = ", ".join(given[field.name] for field in step.fields)
    body = [
        "for row in range(first, end):",
        "    p = row // rows",
        "    for v in range(vectors):",
        "        value = d[p, v, row % rows]",
        "        for j in range(columns):",
        "            s = np.uint64(row * columns + j)",
        "            product = value * x[p, v, j]",
        "            up = product < 0.0",
        "            count = -product if up else product",
        f"            weights[s] = expected(weights[s], up, count, {values})",
    ]
    kernel = "\n".join([f"def kernel({', '.join(EXPECTED)}):", *indented(body)])
    functions = map(definition, closure([step.expected]))
    return "\n\n".join([HEADER, *functions, kernel]) + "\n"


def _choice(up: str, down: str) -> str:
    return up if up == down else f"({up} if up else {down})"
