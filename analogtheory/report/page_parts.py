"""What the pages of the ledger and of the figures share."""

from __future__ import annotations

from importlib.resources import files


def asset(name: str) -> str:
    """A template, style or script of the folder `page`."""
    return (files("analogtheory.report") / "page" / name).read_text(encoding="utf-8")


def section(title: str, body: str) -> str:
    """A part under a small heading; nothing where it is empty."""
    return f"<section><h4>{title}</h4>{body}</section>" if body else ""
