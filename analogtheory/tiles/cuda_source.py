"""Kernels of a tile as C and CUDA: pulsed and expected updates.

The pulsed update gives each cell a thread, which keeps the weight and the fields of its
cell in registers, goes through all vectors of the batch, and writes the weight once. A
thread looks for its next vector with pulses by itself, and then draws and steps together
with its neighbours, whatever vector these are at: random numbers belong to the vector, the
cell and the pulse, so that the order does not matter. Trains are read through the cache,
which holds them for all threads of a multiprocessor.

The addresses of random numbers, and the bits, are those of
:mod:`analogtheory.tiles.pulsing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analogtheory.kernels import c_printer, c_single, elementary, elementary_single
from analogtheory.kernels.c_printer import definitions
from analogtheory.kernels.statements import Builder, Function, closure
from analogtheory.tiles.affine import affine_train, has_affine_train
from analogtheory.tiles.step import Step

#: Sums of pulses: threads add to places of their own, so that they seldom meet.
SUMS = 1024

#: Names of the kernels.
UPDATE, EXPECTED = "update_cells", "expected_cells"

_ADDRESS = """\
        const whole row = lane / columns, column = lane % columns, p = row / rows, i = row % rows;
"""

_UPDATE = (
    f"KERNEL {UPDATE}("
    """
    whole problems, whole rows, whole columns, whole vectors, whole words, whole first_vector,
    whole first_problem, word stream, word key0, word key1,
    const word32 *column_bits, const word32 *row_bits,
    const double *column_values, const double *row_values,
    const byte *column_negative, const byte *row_negative,
    const real *fields, const real *constants, real *weights, word32 *touched, word *pulses)
{{
    const whole count = problems * rows * columns;
    FOR_EACH_LANE(lane, count) {{
"""
    + _ADDRESS
    + """\
        const word cell = (word)(i * columns + column), problem = (word)(first_problem + p) << 8;
        {fields}
        real w = weights[lane];
        {trains}
        const word32 end = (word32)vectors;
        word32 v = 0, left = 0, last = 0, pair = 0, fires = 0, meets = 0;
        word fired = 0;
        int up = 0;
        for (;;) {{
            if (left == 0) {{
                for (; left == 0 && v < end; ++v) {{
                    {counted}
                }}
                if (left == 0) break;
                {signs}
                last = (word32)first_vector + v - 1;
                fired += left;
                pair = 0;
            }}
            {pulses}
        }}
        weights[lane] = w;
        {recording}
        add_to(pulses + lane % {sums}, fired);
    }}
}}
"""
)

_EXPECTED = (
    f"KERNEL {EXPECTED}("
    """
    whole problems, whole rows, whole columns, whole vectors, const real *x, const real *d,
    const real *fields, const real *constants, real *weights)
{{
    const whole count = problems * rows * columns;
    FOR_EACH_LANE(lane, count) {{
"""
    + _ADDRESS
    + """\
        {fields}
        real w = weights[lane];
        for (whole v = 0; v < vectors; ++v) {{
            const whole at = p * vectors + v;
            int up; real amount;
            f_asked(d[at * rows + i], x[at * columns + column], &up, &amount);
            w = f_expected(w, up, amount{given});
        }}
        weights[lane] = w;
    }}
}}
"""
)


@dataclass(frozen=True)
class Places:
    """Where the fields of a device lie, by their names: rows for up and for down pulses.

    Attributes
    ----------
    arrays : mapping
        Rows of `fields`, of fields with one value per cell.
    constants : mapping
        Places in `constants`.
    """

    arrays: Mapping[str, tuple[int, int]]
    constants: Mapping[str, tuple[int, int]]

    def loaded(self) -> list[str]:
        """Lines that put all fields of a cell into variables."""
        text = []
        for name, places in [*self.arrays.items(), *self.constants.items()]:
            for side, place in zip(("up", "down"), dict.fromkeys(places), strict=False):
                held = f"fields[{place} * count + lane]"
                value = held if name in self.arrays else f"constants[{place}]"
                text.append(f"const real {side}_{name} = {value};")
        return text

    def given(self, step: Step) -> str:
        """The fields as the last arguments of the statements."""
        places = {**self.arrays, **self.constants}
        names = [
            f"up_{f.name}"
            if len(set(places[f.name])) == 1
            else f"(up ? up_{f.name} : down_{f.name})"
            for f in step.fields
        ]
        return "".join(f", {name}" for name in names)


_TRAINS_OF_CELL = """\
const word32 *own = column_bits + p * vectors * words * columns + column;
        const word32 *other = row_bits + p * vectors * words * rows + i;"""
_FACTORS_OF_CELL = """\
const double *own = column_values + p * vectors * columns + column;
        const double *other = row_values + p * vectors * rows + i;"""
#: How a cell counts the pulses of vector v: from trains that fit into one word beside the sign
#: of their line, from longer ones, or as the rounded product of two factors.
_COUNTED = {
    "word": """\
fires = *own; meets = *other; own += columns; other += rows;
                    left = bits_set(fires & meets & 0x7fffffffU);""",
    "words": """\
for (whole q = 0; q < words; ++q, own += columns, other += rows)
                        left += bits_set(*own & *other);""",
    "product": "left = (word32)rint(*other * *own); own += columns; other += rows;",
}


#: How a cell finds the direction of vector v − 1.
_SIGNS = {
    "word": "up = (int)((fires ^ meets) >> 31);",
    "bytes": """\
const whole at = p * vectors + v - 1;
                up = column_negative[at * columns + column] != row_negative[at * rows + i];""",
}


def update_source(
    step: Step, precision: int, places: Places, *, is_recording: bool, longest: int, counting: str
) -> str:
    """CUDA text of the pulsed update.

    Parameters
    ----------
    step : Step
    precision : int
        32 or 64.
    places : Places
    is_recording : bool
        Whether to keep in `touched` the number of the last vector that pulsed a cell.
    longest : int
        The longest train.
    counting : str
        "word": trains of at most 31 slots, with signs; "words": longer ones; "product": none.
    """
    train = affine_train(step, precision, longest) if has_affine_train(step) else None
    functions = [elementary.philox(), normals(precision), train or step.pulse]
    given = places.given(step)
    body = _UPDATE.format(
        fields=within(places.loaded(), 8),
        pulses=within(_pulses(step, precision, given, train is not None), 12),
        trains=_FACTORS_OF_CELL if counting == "product" else _TRAINS_OF_CELL,
        counted=_COUNTED[counting],
        signs=_SIGNS["word" if counting == "word" else "bytes"],
        recording="if (last) touched[lane] = last;" if is_recording else "",
        sums=SUMS,
    )
    return kernel_text(precision, functions, body)


def expected_source(step: Step, precision: int, places: Places) -> str:
    """CUDA text of the expected update; `x` holds lr·x/Δw_min."""
    body = _EXPECTED.format(fields=within(places.loaded(), 8), given=places.given(step))
    return kernel_text(precision, [asked(precision), step.expected], body)


def asked(precision: int) -> Function:
    """(d, x) → whether a cell goes up, and by how many expected pulses."""
    b = Builder(precision=precision)
    product = b.op("mul", "d", "x")
    up, amount = b.op("lt", product, 0.0), b.op("abs", product)
    return b.function("asked", ("d", "x"), up, amount)


# ---------------------------------------------------------------------- pieces


def kernel_text(precision: int, functions: Iterable[Function], body: str) -> str:
    """A kernel after the preludes and the functions that it calls; `real` is its precision."""
    types = f"typedef {c_printer.REAL[precision]} real;"
    parts = [c_printer.PRELUDE_CUDA, c_single.PRELUDE_CUDA, types]
    return "\n".join([*parts, definitions(closure(functions)), "", body])


def normals(precision: int) -> Function:
    """Two normal numbers of a precision."""
    return elementary_single.normal_pair() if precision == 32 else elementary.normal_pair()


def _pulses(step: Step, precision: int, given: str, at_once: bool) -> list[str]:
    """One turn of a thread that has pulses left: a pair of normal numbers, if there is noise."""
    if at_once:
        count = f"({c_printer.WORDS[precision]})left"
        return [f"w = f_affine_train(w, up, {count}{given});", "left = 0;"]
    if not step.is_noisy:
        return [f"w = f_pulse(w, up, {c_printer.operand(0.0, precision)}{given});", "--left;"]
    # a pair of single precision takes one half of a counter
    counter = "pair >> 1" if precision == 32 else "pair"
    drawn = "f_normal_pair(a, b, c, d, &z0, &z1);"
    if precision == 32:
        halves = "pair & 1 ? (word32)c : (word32)a, pair & 1 ? (word32)d : (word32)b"
        drawn = f"f_normal_pair_single({halves}, &z0, &z1);"
    return [
        "word a, b, c, d; real z0, z1;",
        f"f_philox((word)last, cell, stream, problem + ({counter}), key0, key1, &a, &b, &c, &d);",
        drawn,
        f"w = f_pulse(w, up, z0{given});",
        f"if (left > 1) w = f_pulse(w, up, z1{given});",
        "left = left > 2 ? left - 2 : 0;",
        "++pair;",
    ]


def within(lines: list[str], depth: int) -> str:
    """Lines for a place that is indented so far."""
    return ("\n" + " " * depth).join(lines)
