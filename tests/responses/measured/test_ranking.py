"""The ranking of the candidates."""

import math

import pytest


def test_ranking_counts_and_criteria(fits):
    ranking = fits("linear step").ranking
    counts = {row.family: row.parameters for row in ranking if row.noise == "white"}
    assert counts["constant step"] == 6
    assert counts["linear step"] == 8
    assert counts["power step"] == counts["exponential step"] == 10
    assert counts["Bernstein degree 2"] == 10
    assert next(row.parameters for row in ranking if row.noise == "slow") == 10
    assert [row.bic for row in ranking] == sorted(row.bic for row in ranking)
    for row in ranking:
        assert row.aic == pytest.approx(2 * (row.parameters - row.log_likelihood))
        assert row.bic == pytest.approx(row.parameters * math.log(600) - 2 * row.log_likelihood)
