"""The child process that integrates one formula: pickled SymPy in, pickled SymPy out.

Started by :mod:`analogtheory.responses.asymmetry`, which stops it after a time limit.
"""

from __future__ import annotations

import pickle
import sys

import sympy


def main() -> None:
    """Read (formula, variable) from standard input, write the antiderivative."""
    formula, variable = pickle.load(sys.stdin.buffer)
    pickle.dump(sympy.integrate(formula, variable), sys.stdout.buffer)


if __name__ == "__main__":
    main()
