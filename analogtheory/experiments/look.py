"""The look of the figures: widths of a journal's columns, one palette, a few parts.

Colours are those of Okabe and Ito, told apart by readers with any colour vision; wherever a colour
matters, a marker or a dash says the same. A closed form or proved curve is a line, a simulated
number a marker with its interval.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from numpy.typing import ArrayLike

from analogtheory.report.style import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Width of one and of two columns, in inches.
SINGLE, DOUBLE = 3.4, 7.0
WIDTHS = {"single": SINGLE, "double": DOUBLE}
BLACK, BLUE, SKY, GREEN = "#000000", "#0072B2", "#56B4E9", "#009E73"
ORANGE, RED, PINK = "#E69F00", "#D55E00", "#CC79A7"
GREY = "#7F7F7F"

_SETTINGS: Any = {
    "font.family": "STIXGeneral",
    "mathtext.fontset": "stix",
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "axes.linewidth": 0.7,
    "axes.grid": False,
    "axes.formatter.use_mathtext": True,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.fontsize": 8,
    "legend.handlelength": 1.8,
    "legend.borderaxespad": 0.3,
    "lines.linewidth": 1.3,
    "lines.markersize": 4,
    "errorbar.capsize": 0,
    "figure.constrained_layout.h_pad": 0.04,
    "figure.constrained_layout.w_pad": 0.04,
    "pdf.fonttype": 42,
    "savefig.dpi": 300,
}


@contextmanager
def paper_style() -> Iterator[None]:
    """The shared style with the fonts and line widths of a column; nothing global is changed."""
    import matplotlib

    with style(), matplotlib.rc_context(_SETTINGS):
        yield


def new_figure(height: float, width: Literal["single", "double"] = "double") -> Figure:
    """An empty figure of one or two columns' width, height in inches, that can be saved."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTHS[width], height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def title(axes: Any, letter: str, words: str) -> None:
    """Panel letter in bold, and what the panel is about, above its left end."""
    axes.set_title(rf"$\mathbf{{{letter}}}$  {words}", loc="left")


def points(
    axes: Any,
    x: ArrayLike,
    mean: ArrayLike,
    half: ArrayLike,
    colour: str,
    marker: str = "o",
    **more: Any,
) -> None:
    """Sampled numbers with their intervals: open markers, so that a curve behind is seen."""
    looks = {"mfc": "white", "mew": 0.9, "elinewidth": 0.9, "ms": 4, "zorder": 4, **more}
    axes.errorbar(x, mean, yerr=half, fmt=marker, color=colour, **looks)


def band(axes: Any, x: ArrayLike, mean: Any, half: Any, colour: str, **more: Any) -> None:
    """A confidence band around a sampled curve."""
    axes.fill_between(x, mean - half, mean + half, color=colour, lw=0, **{"alpha": 0.3, **more})
