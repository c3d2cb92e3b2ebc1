"""The child process that integrates one formula: pickled SymPy in, pickled SymPy out.

Started by :mod:`analogtheory.responses.asymmetry`, which stops it after a time limit.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading

import sympy

#: Seconds after which the process ends whatever happens.
_LONGEST = 20.0


def integrate(formula: sympy.Expr, variable: sympy.Symbol) -> sympy.Expr | None:
    """An elementary antiderivative whose derivative is shown to be the formula, or None."""
    result = sympy.integrate(formula, variable)
    if result.has(sympy.Integral, sympy.Piecewise, sympy.RootSum):
        return None
    result = min((result, sympy.simplify(result)), key=sympy.count_ops)
    difference = sympy.simplify(sympy.diff(result, variable) - formula)
    return result if difference == 0 else None


def main() -> None:
    """Read (formula, variable) from standard input, write the antiderivative or None.

    Ends by itself after a while, should the parent be killed before it can stop its child.
    """
    watchdog = threading.Timer(_LONGEST, os._exit, (1,))
    watchdog.daemon = True
    watchdog.start()
    formula, variable = pickle.load(sys.stdin.buffer)
    pickle.dump(integrate(formula, variable), sys.stdout.buffer)


if __name__ == "__main__":
    main()
