"""The arguments of the numba kernels that update cells, and their types.

A kernel does the parts `first`, …, `end` − 1 of its work. Arrays of trains and lists are those of
:class:`analogtheory.tiles.prepared.Work`, lines those of :class:`analogtheory.tiles.trains.Lines`.
"""

from __future__ import annotations

from collections.abc import Iterable

#: What all pulsed updates take, before and after what tells them which columns fire.
_TRAINS = (
    "problems", "rows", "columns", "vectors", "words", "first_vector", "stream_of_noise",
    "key0", "key1", "first_problem", "by_product", "column_bits", "row_bits",
    "column_values", "row_values", "row_negative",
)  # fmt: skip
_CELLS = (
    "weights", "fields", "constants", "touched", "pulses",
    "lines_read", "reads_rows", "values_read",
)  # fmt: skip

#: Of a pulsed update, of a sparse one, and of expected pulses.
DENSE = (
    "first", "end", "busy", *_TRAINS, "column_negative", "fired", "fired_count", *_CELLS,
)  # fmt: skip
SPARSE = (
    "first", "end", "busy", "starts", "entries", *_TRAINS,
    "chunk_starts", "chunk_masks", "chunk_places", "chunk_count",
    "listed", "fired_count", "is_single", *_CELLS,
)  # fmt: skip
EXPECTED = ("first", "end", "rows", "columns", "vectors", "x", "d", *_CELLS[:3])

#: "real" has the precision of the tile.
_TYPES = {
    "int64": (
        "first", "end", "problems", "rows", "columns", "vectors", "words", "first_vector",
        "stream_of_noise", "first_problem",
    ),
    "uint64": ("key0", "key1"),
    "boolean": ("by_product", "reads_rows"),
    "int64[::1]": ("busy", "starts", "pulses", "lines_read"),
    "int32[::1]": ("entries",),
    "uint32[::1]": ("touched",),
    "int64[:, ::1]": ("chunk_count", "fired_count"),
    "uint8[:, ::1]": ("is_single",),
    "int32[:, :, ::1]": ("chunk_starts", "chunk_places", "fired"),
    "uint32[:, :, ::1]": ("chunk_masks", "listed"),
    "uint8[:, :, ::1]": ("row_negative", "column_negative"),
    "float64[:, :, ::1]": ("column_values", "row_values"),
    "uint32[:, :, :, ::1]": ("column_bits", "row_bits"),
    "real[::1]": ("weights", "constants"),
    "real[:, ::1]": ("fields",),
    "real[:, :, ::1]": ("values_read", "x", "d"),
}  # fmt: skip


def typed(names: Iterable[str], precision: int) -> dict[str, str]:
    """Arguments and their numba types."""
    known = {name: kind for kind, of_kind in _TYPES.items() for name in of_kind}
    return {name: known[name].replace("real", f"float{precision}") for name in names}
