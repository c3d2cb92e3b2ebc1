"""The CUDA kernels of a tile compiled by NVIDIA's compiler, without a GPU."""

from __future__ import annotations

import re
from typing import Any

import pytest

from analogtheory.responses.response import Response
from analogtheory.tiles import Tile, cuda_conversion, cuda_lines, cuda_source
from analogtheory.tiles.cell_fields import CellFields

from ..kernels import nvrtc
from .test_c_tiles import AFFINE, DEVICES

#: A power that is neither whole nor half, which single precision has as statements.
CURVED = Response("(1 - w)**0.7", "(1 + w)**1.3", -1, 1)
SOURCES: dict[str, str] = {}


def fields_of(options: dict[str, Any], dtype: str) -> CellFields:
    given = {"dw_min": 0.02, **options}
    given.pop("pulses", None)
    return Tile(given.pop("response"), (4, 5), dtype=dtype, backend="numpy", **given)._fields


def update_of(options: dict[str, Any], dtype: str, counting: str = "word") -> str:
    fields = fields_of(options, dtype)
    places = cuda_source.Places(fields.arrays, fields.constant_rows)
    return cuda_source.update_source(
        fields.step,
        fields.precision,
        places,
        counting=counting,
        is_recording="write_noise" in options,
        longest=1000 if counting == "words" else 31,
    )


for _dtype in ("float32", "float64"):
    _precision = int(_dtype[-2:])
    for _name, _options in {**DEVICES, **AFFINE, "curved": {"response": CURVED}}.items():
        SOURCES[f"{_name} {_dtype}"] = update_of(_options, _dtype)
    for _counting in ("words", "product"):
        SOURCES[f"{_counting} {_dtype}"] = update_of(DEVICES["cells"], _dtype, _counting)
    for _name in ("soft-bounds", "exp-step", "cells"):
        _fields = fields_of(DEVICES[_name], _dtype)
        SOURCES[f"expected {_name} {_dtype}"] = cuda_source.expected_source(
            _fields.step, _precision, cuda_source.Places(_fields.arrays, _fields.constant_rows)
        )
    SOURCES[f"visible {_dtype}"] = cuda_lines.visible_source(_precision)
    for _kind in ("dac", "adc"):
        SOURCES[f"{_kind} {_dtype}"] = cuda_conversion.source(_kind, _precision)
SOURCES["trains"] = cuda_lines.trains_source()


@pytest.mark.parametrize("name", SOURCES)
def test_sources_compile_and_nothing_is_contracted(name: str) -> None:
    """For the oldest architecture that the compiler knows, and for an H100-class card."""
    for architecture in (nvrtc.architectures()[0], 90):
        ptx, _ = nvrtc.compiled(SOURCES[name], f"compute_{architecture}")
        assert f".target sm_{architecture}" in ptx
        assert re.search(r"\.visible \.entry \w+\(", ptx)
        assert not re.search(r"\b(fma|mad)\.\w*\.?f(32|64)", ptx)
        assert not re.search(r"\b(div|sqrt)\.(approx|full)", ptx)
        assert ".ftz" not in ptx, "small numbers are kept"
        assert ".local" not in ptx, "all that belongs to a cell is in registers"


@pytest.mark.parametrize(
    ("name", "most"),
    [("soft-bounds float32", 64), ("cells float32", 64), ("exp-step float32", 64),
     ("pow-step float32", 64), ("soft-bounds float64", 96), ("exp-step float64", 128),
     ("adc float32", 64), ("trains", 64)],
)  # fmt: skip
def test_registers_suffice(name: str, most: int) -> None:
    """64 registers let 1024 threads live on a multiprocessor (65536 registers), 128 half."""
    _, log = nvrtc.compiled(SOURCES[name], "sm_90")
    assert "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads" in log
    (used,) = re.findall(r"Used (\d+) registers", log)
    assert int(used) <= most


def test_weights_are_read_and_written_once() -> None:
    """Loads of numbers of the cell: its weight and eight fields; one store."""
    ptx, _ = nvrtc.compiled(SOURCES["soft-bounds float32"], "compute_90")
    constants = len(fields_of(DEVICES["soft-bounds"], "float32").constants)
    assert len(re.findall(r"\bld\.global\.f32", ptx)) == 1 + constants
    assert len(re.findall(r"\bst\.global\.f32", ptx)) == 1
    assert len(re.findall(r"\batom\.global\.add\.u64|\bred\.global\.add\.u64", ptx)) == 1
