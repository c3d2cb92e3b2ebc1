"""The noise laws: runs meet the exact means, bounds hold, orders are those of the claims.

Where a mean over runs is compared with the exact one: within two 99 % half-widths of Student's t
(at least 32 runs), for 24 numbers; together they fail by chance with probability below 24·3e-6.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analogtheory.experiments import noise_laws, store
from analogtheory.experiments.core import Data

QUICK = Path(__file__).parents[2] / "paper_figs" / "quick"


@pytest.fixture(scope="module")
def data() -> Data:
    return store.read("noise_laws", QUICK).data


def test_runs_meet_the_exact_means(data: Data) -> None:
    assert np.all(data["exact_error"] < 1e-9)
    assert np.all(np.abs(data["simulated"] - data["exact"]) <= 2 * data["simulated_half"])
    # and would not meet the minimiser of f_Σ under skewed noise
    off = np.abs(data["simulated"] - data["penalised_here"])[3]
    assert np.all(off > 2 * data["simulated_half"][3])


def test_plus_minus_sigma_stops_at_the_penalised_minimiser(data: Data) -> None:
    """Claims penalty-exact-for-rademacher and, for the linear device, exact-mean-rademacher."""
    assert np.allclose(data["penalised"][0], data["root"][0], atol=1e-13)
    closed = 0.6 / (1 + data["noise"])
    assert np.allclose(data["exact"][0, 0], closed, atol=1e-12)
    assert np.all(np.abs(data["exact"][0, 1] - data["penalised_here"][0, 1]) > 1e-5)  # O(α)


def test_gaps_stay_below_their_bounds(data: Data) -> None:
    gaps = np.abs(data["penalised"] - data["root"])
    assert np.all(gaps <= data["bound"] + 1e-13)
    assert gaps[3, 1].max() > gaps[1, 1].max() > gaps[2, 1].max() > 0.02


@pytest.mark.parametrize(
    ("spec", "order"), [("gaussian:{}", 3), ("uniform:{}", 3), ("two-point:{}:0.1", 2)]
)
def test_orders_in_the_distance_of_minimiser_and_symmetric_point(spec: str, order: int) -> None:
    """Claim penalty-gap-leading-terms."""
    device, law = noise_laws.device("power"), noise_laws.law_of(spec, 0.5)
    gaps = [
        noise_laws.penalised_minimiser(device, law, best) - noise_laws.drift_zero(device, law, best)
        for best in (0.02, 0.01)
    ]
    assert np.log2(gaps[0] / gaps[1]) == pytest.approx(order, abs=0.1)
