"""The accumulated asymmetry R_c(w) = ∫_{w⋄}^{w} R, in closed form or by quadrature."""

from __future__ import annotations

import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import sympy
from numpy.typing import ArrayLike, NDArray

from analogtheory.errors import InputError
from analogtheory.responses.formulas import WEIGHT

if TYPE_CHECKING:
    from analogtheory.responses.response import Response

Array = NDArray[np.float64]
Expr: TypeAlias = sympy.Expr

#: Seconds that SymPy gets to integrate R.
TIME_LIMIT = 3.0
_NODES = 64
#: Error of the quadrature up to which a closed form may be compared with it.
_USABLE = 1e-6
_SECTIONS = 4


class AccumulatedAsymmetry:
    """R_c(w) = ∫_{w⋄}^{w} G/F dv, element-wise (arXiv:2502.06309 eq. (41)).

    The lower limit w⋄ is :attr:`Response.reference_point` (for arrays of parameters, the
    symmetric point found in each cell). Numbers come from composite Gauss-Legendre
    quadrature after v = w⋄ + (w − w⋄)sin(πt/2), 4 sections of 64 nodes; :attr:`error` is
    the largest difference to sections of 32 nodes over the range. :attr:`expr` is the
    closed form, where SymPy finds one within 3 seconds that passes two checks: its
    derivative is R, and it agrees with the quadrature over the whole range.

    Raises
    ------
    InputError
        When it is evaluated for a response without symmetric point in its range.

    Examples
    --------
    >>> from analogtheory.responses.response import Response
    >>> R_c = Response("1 - w", "1 + w", -1, 1).R_c
    >>> R_c.expr, round(float(R_c(0.5)), 12)
    (w**2/2, 0.125)
    """

    def __init__(self, response: Response):
        self._response = response

    @cached_property
    def reference(self) -> Array:
        """w⋄, one value per cell."""
        response = self._response
        if not response.shape:
            point = response.reference_point
            if point is None:
                raise InputError(
                    f"{response.name}: no symmetric point in the range, so R_c has no lower limit"
                )
            return np.asarray(point)
        from analogtheory.responses.cells import symmetric_points_of_cells

        points = symmetric_points_of_cells(response)
        if np.any(np.isnan(points)):
            raise InputError(
                f"{response.name}: {int(np.isnan(points).sum())} cells have no symmetric point "
                "in their range, so R_c has no lower limit there"
            )
        return points

    def __call__(self, w: ArrayLike) -> Array:
        """Evaluate R_c, element-wise."""
        return self._quadrature(np.asarray(w, dtype=np.float64), _NODES)

    def _quadrature(self, w: Array, nodes: int) -> Array:
        # v = w⋄ + (w − w⋄) sin(πt/2): a root singularity of R at the end of the range
        # (power response with γ_res < 1) becomes smooth in t.
        start, end = np.broadcast_arrays(self.reference, w)
        abscissae, weights = np.polynomial.legendre.leggauss(nodes)
        total = np.zeros(start.shape)
        for section in range(_SECTIONS):
            for x, weight in zip(abscissae, weights, strict=True):
                angle = 0.5 * np.pi * (section + 0.5 * (x + 1.0)) / _SECTIONS
                share = 0.25 * np.pi * weight * np.cos(angle) / _SECTIONS
                total += share * self._response.R(start + (end - start) * np.sin(angle))
        return np.asarray(total * (end - start))

    @cached_property
    def error(self) -> float:
        """Largest difference between 64 and 32 nodes a section, over 33 points of the range."""
        low, high = (np.asarray(end) for end in self._response.range)
        grid = np.linspace(0.0, 1.0, 33).reshape((33,) + (1,) * low.ndim)
        points = low + grid * (high - low)
        return float(np.max(np.abs(self._quadrature(points, 64) - self._quadrature(points, 32))))

    @cached_property
    def expr(self) -> Expr | None:
        """The closed form, or None (see :attr:`reason`)."""
        return self._closed_form[0]

    @property
    def reason(self) -> str:
        """Why there is no closed form; empty if there is one."""
        return self._closed_form[1]

    def prepare(self) -> None:
        """Begin the search for the closed form; the result is waited for when asked for."""
        if not self._why_not:
            _ = self._search

    @cached_property
    def _why_not(self) -> str:
        """Why no closed form is sought; empty if one is."""
        response = self._response
        if response.shape:
            return "one parameter set per cell: closed forms are for one device"
        if response.reference_point is None:
            return "no symmetric point in the range"
        if not response.is_positive:
            return "F may vanish: the response is not positive"
        ratio = response.R.expr
        if ratio.has(sympy.Abs, sympy.Max, sympy.Min):
            return "R has kinks"
        if any(power.exp.is_Rational and power.exp.q > 50 for power in ratio.atoms(sympy.Pow)):
            return "R has powers with long decimal exponents"
        return ""

    @cached_property
    def _search(self) -> Callable[[], Expr | None]:
        return _begin(self._response.R.expr, WEIGHT)

    @cached_property
    def _closed_form(self) -> tuple[Expr | None, str]:
        if self._why_not:
            return None, self._why_not
        antiderivative = self._search()
        if antiderivative is None:
            return None, f"SymPy finds none, or cannot show that it is one, within {TIME_LIMIT:g} s"
        return self._checked(antiderivative)

    def _checked(self, antiderivative: Expr) -> tuple[Expr | None, str]:
        start = self._response.exact_reference_point
        form = self._real_logarithms(antiderivative, start)
        candidates = [f - f.subs(WEIGHT, start) for f in (antiderivative, form)]
        candidates += [sympy.expand(candidate) for candidate in candidates]
        real = [f for f in candidates if not self._has_negative_logarithm(f)]
        form = min(real, key=lambda f: len(str(f)))
        low, high = self._response.range
        inside = np.linspace(low, high, 67)[1:-1]
        with np.errstate(all="ignore"):
            values = sympy.lambdify(WEIGHT, sympy.N(form, 20), modules="numpy")(inside + 0j)
            values = np.broadcast_to(np.asarray(values), inside.shape)
        if not self.error < _USABLE:
            return None, "the quadrature that it is checked against does not converge"
        expected = self(inside)
        gap = np.abs(values - expected)
        tolerance = 1e-9 * max(1.0, float(np.max(np.abs(expected)))) + 10 * self.error
        if not np.all(np.isfinite(gap)) or np.max(gap) > tolerance:
            return None, "SymPy's antiderivative is not the integral on the whole range"
        return form, ""

    def _real_logarithms(self, form: Expr, start: Expr) -> Expr:
        """Write each log u as log(u/u(w⋄)): real, 0 at w⋄, and different by a constant only."""

        def normalised(argument: Expr) -> Expr:
            there = argument.subs(WEIGHT, start)
            return sympy.log(sympy.expand(argument / there) if there != 0 else argument)

        return form.replace(sympy.log, normalised)

    def _has_negative_logarithm(self, form: Expr) -> bool:
        middle = sympy.Rational(sum(self._response.range) / 2)
        arguments = [log.args[0].subs(WEIGHT, middle) for log in form.atoms(sympy.log)]
        return any(sympy.N(argument).is_negative for argument in arguments)


class _Integration:
    """∫ ratio in a child process, which runs while the caller does other things.

    The child also simplifies (d/dw of the result) − ratio to 0. It can be stopped (or may
    crash) whatever SymPy is doing.
    """

    def __init__(self, ratio: Expr, variable: sympy.Symbol):
        command = [sys.executable, "-m", "analogtheory.responses.integrate_child"]
        self._deadline = time.monotonic() + TIME_LIMIT
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            assert self._process.stdin is not None
            self._process.stdin.write(pickle.dumps((ratio, variable)))
            self._process.stdin.close()
            self._process.stdin = None
        except OSError:
            self._process = None

    def __del__(self) -> None:
        # Nobody waited for the result: do not leave a process behind.
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.communicate()

    def result(self) -> Expr | None:
        """The antiderivative, or None if SymPy finds no elementary one within the time limit."""
        if self._process is None:
            return None
        try:
            remaining = max(0.0, self._deadline - time.monotonic())
            output, _ = self._process.communicate(timeout=remaining)
            return pickle.loads(output) if self._process.returncode == 0 else None
        except (subprocess.SubprocessError, OSError, pickle.UnpicklingError, EOFError):
            self._process.kill()
            self._process.communicate()
            return None


def _begin(ratio: Expr, variable: sympy.Symbol) -> Callable[[], Expr | None]:
    """Begin ∫ ratio; what is returned waits for it. Polynomials need no child process."""
    if ratio.is_polynomial(variable):
        return lambda: sympy.integrate(ratio, variable)
    return _Integration(ratio, variable).result
