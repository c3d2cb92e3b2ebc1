"""Kernels of a tile as C and CUDA: the trains of its lines, and its weights as they are read."""

from __future__ import annotations

from analogtheory.kernels import elementary
from analogtheory.tiles.cuda_source import kernel_text

#: Names of the kernels.
TRAINS, VISIBLE = "draw_trains", "see_cells"

_TRAINS = f"""\
KERNEL {TRAINS}(
    whole count, whole vectors, whole lines, whole words, whole is_signed, whole first_vector,
    whole first_problem, word stream, word key0, word key1,
    const double *probabilities, const whole *lengths, const byte *negative, word32 *bits)
{{
    FOR_EACH_LANE(lane, count) {{
        const whole at = lane / lines, line = lane % lines;
        const word vector = (word)(first_vector + at % vectors);
        const word problem = (word)(first_problem + at / vectors) << 8;
        const double wanted = probabilities[lane];
        const word limit = (word)ceil((wanted < 1.0 ? wanted : 1.0) * 4294967296.0);
        const whole length = lengths[at];
        for (whole q = 0; q < words; ++q) {{
            word32 train = 0;
            for (whole slot = 32 * q; slot < length && slot < 32 * q + 32; slot += 4) {{
                const word32 keep = length - slot < 4 ? (1U << (length - slot)) - 1U : 15U;
                word a, b, c, d;
                f_philox(vector, (word)line, stream, problem | (word)(slot >> 2), key0, key1,
                         &a, &b, &c, &d);
                word32 fires = (word32)(a < limit) | (word32)(b < limit) << 1;
                fires |= (word32)(c < limit) << 2 | (word32)(d < limit) << 3;
                train |= (fires & keep) << (slot - 32 * q);
            }}
            if (is_signed) train |= (word32)negative[lane] << 31;
            bits[(at * words + q) * lines + line] = train;
        }}
    }}
}}
"""

_VISIBLE = (
    f"KERNEL {VISIBLE}("
    """
    whole count, whole cells, whole is_noisy, whole first_problem, word stream, word key0,
    word key1, const real *weights, const double *reference, const double *spread,
    const word32 *touched, real *seen)
{{
    FOR_EACH_LANE(lane, count) {{
        double value = {wide} - reference[lane];
        if (is_noisy) {{
            word a, b, c, d;
            double xi, other;
            f_philox(touched[lane], (word)(lane % cells), stream,
                     (word)(first_problem + lane / cells) << 8, key0, key1, &a, &b, &c, &d);
            f_normal_pair(a, b, c, d, &xi, &other);
            value = value + spread[lane] * xi;
        }}
        seen[lane] = {narrow};
    }}
}}
"""
)


def trains_source() -> str:
    """CUDA text that draws the bits of trains: :func:`analogtheory.tiles.trains.draw_bits`.

    The sign of a line can go along as the highest bit of its only word.
    """
    return kernel_text(64, [elementary.philox()], _TRAINS)


def visible_source(precision: int) -> str:
    """CUDA text of weights as they are read: w − r, and write noise."""
    single = precision == 32
    body = _VISIBLE.format(
        wide="widened(weights[lane])" if single else "weights[lane]",
        narrow="narrowed(value)" if single else "value",
    )
    return kernel_text(precision, [elementary.philox(), elementary.normal_pair()], body)
