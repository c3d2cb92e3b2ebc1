"""Smaller simulations than a user gets, unless a test says otherwise."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _small(small_simulations: None) -> None:
    """Of every check in this folder."""
