"""The figure of the response families."""

from __future__ import annotations

from typing import Any

from analogtheory.experiments.core import Data
from analogtheory.experiments.look import BLUE, GREY, RED, new_figure, points, title

#: Colour, and size of the diamond: the larger one is seen where both are at one place.
_LOOKS = ((RED, 5.2), (BLUE, 2.8))

#: Ends of the axes of a row, of all columns but the last and of the last.
_LIMITS = (((0, 5.0), (0, 10.4)), ((-2.2, 2.6), (-1.4, 5.9)), ((0, 1.65), (0, 10.4)))


def draw(data: Data, families: dict[str, list[dict[str, Any]]]) -> Any:
    """Columns: families; rows: q±, F and G, M."""
    figure = new_figure(4.7)
    panels = figure.subplots(3, len(families), sharex="col")
    for column, (family, members) in enumerate(families.items()):
        for place, member in enumerate(members):
            row = len(members) * column + place
            _device(panels[:, column], data, row, place, member["label"])
        title(panels[0, column], "abcde"[column], family)
        panels[0, column].legend(
            loc="upper center" if column < 4 else "upper left",
            labelspacing=0.15, handlelength=1.0, handletextpad=0.4, fontsize=7.5,
        )  # fmt: skip
        panels[2, column].set_xlabel("weight $w$")
        panels[1, column].axhline(0.0, color=GREY, lw=0.6, zorder=0)
        for axes, limits in zip(panels[:, column], _LIMITS, strict=True):
            is_last = column == len(families) - 1
            axes.set_ylim(limits[is_last])
            if column > 0 and not is_last:
                axes.tick_params(labelleft=False)
    for axes, label in zip(panels[:, 0], ("$q_+$ and $q_-$", "$F$ and $G$", "$M$"), strict=True):
        axes.set_ylabel(label)
    return figure


def _device(panels: Any, data: Data, row: int, place: int, label: str) -> None:
    colour, size = _LOOKS[place]
    weight, at = data["weight"][row], data["symmetric"][row]
    responses, parts, saturation = panels
    for axes, solid, dashed in ((responses, "up", "down"), (parts, "F", "G")):
        axes.plot(weight, data[solid][row], color=colour, lw=1.1)
        axes.plot(weight, data[dashed][row], color=colour, lw=1.1, ls="--")
    saturation.plot(weight, data["M"][row], color=colour, lw=1.1)
    for name, marker in (("up", "s"), ("down", "o")):
        points(
            responses, data["pulsed_weight"][row], data[f"pulsed_{name}"][row],
            data[f"pulsed_{name}_half"][row], colour, marker, ms=2.6, mew=0.6,
        )  # fmt: skip
    for axes, part in ((responses, "up"), (parts, "G"), (saturation, "M")):
        height = data[f"{part}_at_symmetric"][row]
        axes.plot([at], [height], "D", color=colour, ms=size, zorder=6)
    responses.plot([], [], color=colour, lw=1.6, label=label)
