"""The catalog of responses as a table."""

from __future__ import annotations

import textwrap
from typing import Any

from analogtheory.report.terminal import WIDTH
from analogtheory.responses import catalog

_LABEL = 18


def listing_data() -> list[dict[str, Any]]:
    """Every response of the catalog as plain data."""
    rows: list[dict[str, Any]] = [
        {
            "name": family.name,
            "up": family.up,
            "down": family.down,
            "range": [family.low, family.high],
            "parameters": dict(family.defaults),
            "summary": family.summary,
            "source": family.source,
            "dw_min": None if family.calibration is None else family.calibration.dw_min,
        }
        for family in catalog.families()
    ]
    known = {row["name"] for row in rows}
    extra = [name for name in catalog.names() if name not in known]
    return [*rows, *({"name": name, "summary": "from another package"} for name in extra)]


def render_listing() -> str:
    """The catalog as lines of text: name, what it is, source; parameters below."""
    lines = []
    for row in listing_data():
        lines += _wrapped(row["name"], row["summary"])
        if "source" in row:
            settings = "  ".join(f"{k}={v:g}" for k, v in row["parameters"].items())
            lines += _wrapped("", settings) + _wrapped("", row["source"])
    return "\n".join(lines)


def _wrapped(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=f"{label:<{_LABEL}}", subsequent_indent=" " * _LABEL
    )
