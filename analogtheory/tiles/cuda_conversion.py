"""The converters of :mod:`analogtheory.tiles.conversion` as a CUDA kernel.

A thread takes the lines of a vector that share a Philox counter: four in single precision,
two in double.
"""

from __future__ import annotations

from analogtheory.kernels import elementary
from analogtheory.kernels.statements import Builder, Function
from analogtheory.tiles.conversion_kernel import FORMULAS, PER_COUNTER
from analogtheory.tiles.cuda_source import kernel_text, normals, within

#: The name of the kernel.
CONVERT = "convert_lines"

_KERNEL = (
    f"KERNEL {CONVERT}("
    """
    whole count, whole groups, whole lines, whole noises, word key0, word key1,
    const real *values, const real *scales, const real *deviations, const word *streams,
    const word *vectors, const word *problems, const real *converter,
    real *out, word32 *saturated)
{{
    const real step = converter[0], bound = converter[1];
    FOR_EACH_LANE(lane, count) {{
        const whole row = lane / groups, group = lane % groups, rows = count / groups;
        const whole begin = row * lines + {shared} * group, left = lines - {shared} * group;
        const real scale = scales[row];
        {loaded}
        {before}
        for (whole n = 0; n < noises; ++n) {{
            const real deviation = deviations[n * rows + row];
            word a, b, c, d;
            f_philox(vectors[row], (word)group, streams[n], problems[row], key0, key1,
                     &a, &b, &c, &d);
            {noise}
        }}
        {after}
        {stored}
    }}
}}
"""
)


def source(kind: str, precision: int) -> str:
    """CUDA text of a converter, "dac" or "adc"."""
    every = range(PER_COUNTER[precision])
    converted = {
        "dac": [f"v{k} = f_dac(v{k}, scale, step, bound);" for k in every],
        "adc": [
            line
            for k in every
            for line in (
                f"real read{k}, hit{k}; f_adc(v{k}, scale, step, bound, &read{k}, &hit{k});",
                f"if ({k} < left && hit{k} != 0) saturated[row] = 1;",
            )
        ],
    }[kind]
    result = "v" if kind == "dac" else "read"
    body = _KERNEL.format(
        shared=len(every),
        loaded=within([f"real v{k} = values[begin + ({k} < left ? {k} : 0)];" for k in every], 8),
        before=within(converted if kind == "dac" else [], 8),
        noise=within(_noise(precision), 12),
        after=within(converted if kind == "adc" else [], 8),
        stored=within([f"if ({k} < left) out[begin + {k}] = {result}{k};" for k in every], 8),
    )
    functions = [elementary.philox(), normals(precision), FORMULAS[kind](precision)]
    return kernel_text(precision, [*functions, _added(precision)], body)


def _noise(precision: int) -> list[str]:
    if precision == 64:
        drawn = ["real z0, z1; f_normal_pair(a, b, c, d, &z0, &z1);"]
    else:
        drawn = [
            "real z0, z1, z2, z3;",
            "f_normal_pair_single((word32)a, (word32)b, &z0, &z1);",
            "f_normal_pair_single((word32)c, (word32)d, &z2, &z3);",
        ]
    return [
        *drawn,
        *(f"v{k} = f_added(v{k}, deviation, z{k});" for k in range(PER_COUNTER[precision])),
    ]


def _added(precision: int) -> Function:
    """value + deviation·ξ."""
    b = Builder(precision=precision)
    total = b.op("add", "value", b.op("mul", "deviation", "xi"))
    return b.function("added", ("value", "deviation", "xi"), total)
