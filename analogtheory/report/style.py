"""One look for every figure: colour-blind safe, readable at column width."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

#: Okabe-Ito colours by what they stand for.
COLOURS = {
    "up": "#D55E00",
    "down": "#0072B2",
    "F": "#009E73",
    "G": "#CC79A7",
    "objective": "#000000",
    "penalised": "#D55E00",
    "root": "#0072B2",
}

_SETTINGS: Any = {
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "font.size": 9,
    "grid.alpha": 0.3,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "savefig.dpi": 160,
    "svg.hashsalt": "analogtheory",
}


def style() -> AbstractContextManager[None]:
    """The style as a context; nothing global is changed."""
    import matplotlib

    return matplotlib.rc_context(_SETTINGS)
