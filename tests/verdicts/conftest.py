"""Smaller simulations than a user gets, unless a test says otherwise."""

from __future__ import annotations

import pytest

from analogtheory.verdicts import exactlaw


@pytest.fixture(autouse=True)
def small_simulations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exactlaw, "REPLICAS", 128)
    monkeypatch.setattr(exactlaw, "AVERAGED_STEPS", 200)
    monkeypatch.setattr(exactlaw, "_LONGEST_WAIT", 1000)
