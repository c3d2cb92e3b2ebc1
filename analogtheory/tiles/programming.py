"""Pulses of changing direction, which take every cell to its symmetric point."""

from __future__ import annotations

import numpy as np

from analogtheory.philox import uniforms
from analogtheory.tiles.streams import PROGRAMMING, REPETITIONS, stream_of
from analogtheory.tiles.trains import Lines

ORDERS = ("alternating", "random")


def alternating_lines(
    shape: tuple[int, int, int],
    pulses: int,
    order: str,
    seed: int,
    stream: int,
    first_vector: int,
    first_problem: int,
) -> Lines:
    """One pulse for every cell by each of some vectors: in alternation up by odd ones.

    In random order the direction of a cell is the product of a sign of its row and one of
    its column: fair and independent from pulse to pulse, and for any two cells.
    """
    problems, rows, columns = shape
    vectors = first_vector + np.arange(pulses)
    if order == "alternating":
        down = (vectors % 2 == 0).astype(np.uint8)
        row_negative = np.broadcast_to(1 - down[:, None], (problems, pulses, rows))
        column_negative = np.zeros((problems, pulses, columns), dtype=np.uint8)
    else:
        numbers = ((first_problem + np.arange(problems)) * REPETITIONS)[:, None, None]
        signs = [
            uniforms(
                seed,
                vectors[:, None],
                np.arange(count),
                stream_of(PROGRAMMING, stream),
                numbers + k,
            )
            < 0.5
            for k, count in ((0, rows), (1, columns))
        ]
        row_negative, column_negative = (sign.astype(np.uint8) for sign in signs)
    return Lines(
        lengths=np.ones((problems, pulses), dtype=np.int64),
        columns=np.ones((problems, pulses, columns)),
        rows=np.ones((problems, pulses, rows)),
        column_negative=np.ascontiguousarray(column_negative),
        row_negative=np.ascontiguousarray(row_negative),
        wanted=np.ones((problems, pulses)),
    )
