"""Reading measured pulses: what is accepted, and the one line that refuses the rest."""

import numpy as np
import pytest

from analogtheory.errors import InputError
from analogtheory.responses.measured.table import MIN_PULSES, PulseTable, read_pulse_table

UP = np.round(np.linspace(-0.95, 0.975, 40), 3)
DOWN = np.round(np.linspace(0.9, -0.925, 40), 3)


def lines(separator=",", point="."):
    rows = (f"{u}{separator}{d}" for u, d in zip(UP, DOWN, strict=True))
    return [row.replace(".", point) for row in rows]


@pytest.fixture
def write(tmp_path):
    def write(content, name="pulses.csv"):
        path = tmp_path / name
        data = content if isinstance(content, bytes) else content.encode("utf-8")
        path.write_bytes(data)
        return path

    return write


@pytest.mark.parametrize(
    ("separator", "point"),
    [(",", "."), (", ", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ","), ("  ", "."),
     (" ", ",")],
)  # fmt: skip
@pytest.mark.parametrize("header", [None, "up", "G up / S"])
def test_every_separator_with_and_without_a_header(write, separator, point, header):
    rows = lines(separator, point)
    if header:
        rows.insert(0, f"{header}{separator}down")
    if header and separator.isspace() and separator != "\t":
        rows[0] = "up" + separator + "down"
    table = read_pulse_table(write("\n".join(rows) + "\n"))
    np.testing.assert_array_equal(table.up, UP)
    np.testing.assert_array_equal(table.down, DOWN)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_byte_order_mark_comments_quotes_blank_lines_and_line_ends(write, end):
    rows = ["# measured on Monday, wafer 3", "", "up,down", *lines()]
    rows[5] = f'"{UP[2]}" , "{DOWN[2]}"  # a remark; with a semicolon'
    table = read_pulse_table(write(b"\xef\xbb\xbf" + (end.join(rows) + end).encode()))
    np.testing.assert_array_equal(table.up, UP)
    np.testing.assert_array_equal(table.down, DOWN)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_shorter_column_ends_early(write, separator):
    rows = lines(separator)
    shortened = rows[:33] + [separator + row.split(separator)[1] for row in rows[33:]]
    table = read_pulse_table(write("\n".join(shortened)))
    np.testing.assert_array_equal(table.up, UP[:33])
    np.testing.assert_array_equal(table.down, DOWN)


def test_trailing_separators_and_exponents(write):
    rows = [f"{u:.3e},{d:+.3e},," for u, d in zip(UP, DOWN, strict=True)]
    np.testing.assert_allclose(read_pulse_table(write("\n".join(rows))).up, UP, rtol=1e-3)


def test_arrays_are_read_only_copies():
    up = UP.copy()
    table = PulseTable(up, DOWN)
    up[0] = 7.0
    assert table.up[0] == UP[0]
    with pytest.raises(ValueError, match="read-only"):
        table.up[0] = 1.0


def test_a_header_in_an_older_encoding_is_read(write):
    text = "up (µS),down (µS)\n" + "\n".join(lines())
    np.testing.assert_array_equal(read_pulse_table(write(text.encode("cp1252"))).up, UP)


def test_stacked_cycles_are_refused():
    rng = np.random.Generator(np.random.Philox(7))
    up = np.tile(np.linspace(-1, 1, 100), 3) + 0.1 * rng.standard_normal(300)
    with pytest.raises(InputError, match="several cycles"):
        PulseTable(up, np.linspace(1, -1, 300))
    PulseTable(up[:100], np.linspace(1, -1, 100))


def test_noise_alone_is_no_stack_of_cycles():
    """200 tables of pure noise, 22 block differences each: none steps back by 6.7 deviations.

    Error probability below 1e-6 where the noise is estimated at its true size.
    """
    rng = np.random.Generator(np.random.Philox(8))
    for _ in range(200):
        PulseTable(rng.standard_normal(60), rng.standard_normal(60))


def test_readings_out_of_scale_are_refused():
    with pytest.raises(InputError, match="out of scale"):
        PulseTable(UP * 1e300, DOWN)


def changed(row, text):
    rows = lines()
    rows[row] = text
    return "\n".join(rows)


BAD = {
    "empty": (b"", "empty"),
    "only a byte-order mark": (b"\xef\xbb\xbf", "empty"),
    "only comments": ("# nothing\n", "no numbers"),
    "only a header": ("up,down\n", "no numbers"),
    "binary": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not a text file"),
    "not UTF-8": (b"\xff\x01\xfe,\xfa\n" * 50, "not a text file"),
    "UTF-16": ("\n".join(lines()).encode("utf-16"), "UTF-16"),
    "one column": ("\n".join(str(u) for u in UP), "down column is missing"),
    "second column empty": ("\n".join(f"{u}," for u in UP), "down column is missing"),
    "three columns": ("\n".join(f"{i},{row}" for i, row in enumerate(lines())), "line 1: 3 col"),
    "three columns later": (changed(6, "1,2,3"), "line 7: 3 columns"),
    "text": (changed(6, "0.1,broken"), "line 7, down column: 'broken' is not a number"),
    "half a header": ("up,0.9\n" + "\n".join(lines()), "line 1, up column: 'up'"),
    "two headers": ("a,b\nup,down\n" + "\n".join(lines()), "line 2, up column: 'up'"),
    "NaN": (changed(6, "NaN,0.1"), "line 7, up column: 'NaN' is not a finite"),
    "NaN in the first row": (changed(0, "nan,nan"), "line 1, up column: 'nan' is not a finite"),
    "infinity": (changed(6, "0.1,-inf"), "line 7, down column: '-inf' is not a finite"),
    "overflow": (changed(6, "1e999,0.1"), "line 7, up column: '1e999' is not a finite"),
    "underscore": (changed(6, "1_0,0.1"), "line 7, up column: '1_0' is not a number"),
    "empty cell": (changed(6, ",0.1"), "line 7, up column: empty cell"),
    "ten rows": ("\n".join(lines()[:10]), f"10 readings; at least {MIN_PULSES}"),
    "too short a column": (
        "\n".join(lines()[:29] + [f",{d}" for d in DOWN[29:]]), "up column has 29 readings"),
    "constant": ("\n".join(f"0.5,{d}" for d in DOWN), "up column is constant"),
    "swapped": ("\n".join(f"{d},{u}" for u, d in zip(UP, DOWN, strict=True)), "look swapped"),
    "both up": ("\n".join(f"{u},{u}" for u in UP), "down column rises"),
    "both down": ("\n".join(f"{d},{d}" for d in DOWN), "up column falls"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_refused_in_one_line_that_names_them(write, case):
    content, message = BAD[case]
    path = write(content)
    with pytest.raises(InputError) as caught:
        read_pulse_table(path)
    text = str(caught.value)
    assert message in text
    assert text.startswith(str(path))
    assert "\n" not in text


def test_missing_file_and_directory(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_pulse_table(tmp_path / "absent.csv")
    with pytest.raises(InputError, match="is a directory"):
        read_pulse_table(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        read_pulse_table("bad\0name.csv")


def test_exactly_the_minimum_is_enough():
    table = PulseTable(UP[:MIN_PULSES], DOWN[:MIN_PULSES])
    assert table.up.size == MIN_PULSES


def test_bad_arrays_are_refused():
    with pytest.raises(InputError, match="one-dimensional"):
        PulseTable(np.ones((30, 2)), DOWN)
    with pytest.raises(InputError, match="reading 4 of the down column is not finite"):
        PulseTable(UP, np.where(np.arange(40) == 3, np.nan, DOWN))
    with pytest.raises(InputError, match="array of real numbers"):
        PulseTable(["a"] * 40, DOWN)


def test_noise_alone_is_not_called_swapped():
    """Scatter about a level that does not move passes: the fit says what it cannot tell.

    Its quarter means differ by (2/√n)·√2 ≈ 0.28 standard deviations at n = 100, the limit
    is half of the 90 % spread, 1.64: six standard errors, error probability below 1e-8.
    """
    generator = np.random.default_rng(20260101)
    table = PulseTable(*generator.standard_normal((2, 100)))
    assert table.up.size == 100
