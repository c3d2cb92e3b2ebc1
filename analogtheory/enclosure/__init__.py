"""Rigorous enclosures of formulas in one variable: ranges, zeros, domains.

A formula is a SymPy expression in one real symbol. Three questions are answered, each by
branch and bound, and each answer is an enclosure or an honest "could not decide":

* :func:`enclose_extremum`: sup and inf of a formula on a closed interval;
* :func:`isolate_zeros`: *all* zeros on a closed interval;
* :func:`domain_violation`: is the formula real and finite on the whole interval?

Method: natural interval extension, the mean-value form, and the sign of the derivative
(R. E. Moore, *Interval Analysis*, 1966).
"""

from analogtheory.enclosure.arithmetic import Interval, compile_interval, exact_interval
from analogtheory.enclosure.domain import Violation, domain_violation, resolve_kinks
from analogtheory.enclosure.extremum import Bounds, enclose_extremum
from analogtheory.enclosure.formula import Formula
from analogtheory.enclosure.zeros import Zero, isolate_zeros

__all__ = [
    "Bounds",
    "Formula",
    "Interval",
    "Violation",
    "Zero",
    "compile_interval",
    "domain_violation",
    "enclose_extremum",
    "exact_interval",
    "isolate_zeros",
    "resolve_kinks",
]
