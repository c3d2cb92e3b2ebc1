"""exp, log, powers and normal numbers in single precision: the same bits everywhere.

As :mod:`analogtheory.kernels.elementary`, on floats and 32-bit words. One Philox counter
gives four normal numbers::

    z₀ = √(−2 ln u)·cos θ,    z₁ = √(−2 ln u)·sin θ    from words 0 and 1,
    z₂, z₃ in the same way                             from words 2 and 3,

with u = (word + ½)/2³² rounded to single precision, and from the 30 lower bits k of the
second word the angle θ = (π/2)(j + (k + ½)/2³⁰ − ½), the quadrant j being its upper two.
The tails reach √(66 ln 2) = 6.76 standard deviations.
"""

from __future__ import annotations

from functools import cache

from analogtheory.kernels.statements import Builder, Function, Operand

_FRACTION = 0x7FFFFF
_ONE = 0x3F800000
_ROOT_HALF = 0x3F3504F3
_LN2 = 0.6931471805599453
_LN2_HIGH, _LN2_LOW = 0.693359375, -2.1219444005469057e-4
#: 1.5·2²³: a float t added to it holds the whole number next to t in its last bits.
_MAGIC, _MAGIC_WORD = 12582912.0, 0x4B400000

#: (2·artanh s/s − 2)/s² in powers of s², |s| ≤ (√2 − 1)/(√2 + 1).
_ARTANH = (0.6666668503957587, 0.39988780566020704, 0.2957994939200757)
#: (sin(πy/2)/y − π/2)/y² and (cos(πy/2) − 1)/y² in powers of y², |y| ≤ ½.
_SINE = (-0.6459640198218692, 0.0796870312241629, -0.004621966732229474)
_COSINE = (-1.2337005493742192, 0.2536694103571085, -0.020861528342199946, 0.0009067398984032167)
#: (eʳ − 1 − r)/r² in powers of r, |r| ≤ ln(2)/2.
_EXPONENTIAL = (
    0.5,
    0.16666569628115477,
    0.04166654542109553,
    0.00836438069329107,
    0.0013927684616575004,
)
#: 2·artanh s/(s·ln 2) in powers of s², |s| ≤ (√2 − 1)/(√2 + 1).
_BINARY_LOGARITHM = (
    2.8853900817779268,
    0.9617969393730164,
    0.5769156813621521,
    0.4267641007900238,
)
#: 2·2ʳ in powers of r, |r| ≤ ½.
_TWICE_BINARY_POWER = (
    2.0,
    2.0 * _LN2,
    2.0 * 0.24022650718688965,
    2.0 * 0.055503811687231064,
    2.0 * 0.009618083015084267,
    2.0 * 0.00133813067805022,
    2.0 * 0.00015453163359779865,
)


def _builder() -> Builder:
    return Builder(precision=32)


def _split(b: Builder, x: Operand) -> tuple[str, str]:
    """The exponent e and s = (m − 1)/(m + 1) of x = 2ᵉm, √½ ≤ m < √2."""
    moved = b.op("uadd", b.op("bits", x), _ONE - _ROOT_HALF)
    e = b.op("sub", b.op("real", b.op("ushr", moved, 23)), 127.0)
    m = b.op("unbits", b.op("uadd", b.op("uand", moved, _FRACTION), _ROOT_HALF))
    return e, b.op("div", b.op("sub", m, 1.0), b.op("add", m, 1.0))


@cache
def log() -> Function:
    """ln x of any float: −∞ at 0, not a number below."""
    b = _builder()
    tiny = b.op("lt", "x", 2.0**-126)
    scaled = b.op("select", tiny, b.op("mul", "x", 2.0**25), "x")
    e, s = _split(b, scaled)
    e = b.op("sub", e, b.op("select", tiny, 25.0, 0.0))
    z = b.op("mul", s, s)
    small = b.op("mul", s, b.op("mul", z, b.horner(_ARTANH, z)))
    small = b.op("add", small, b.op("mul", e, _LN2_LOW))
    value = b.op("add", b.op("add", b.op("add", s, s), small), b.op("mul", e, _LN2_HIGH))
    # a sum with x keeps +∞ and what is not a number
    regular = b.op("and", b.op("gt", "x", 0.0), b.op("lt", "x", float("inf")))
    at_zero = b.op("select", b.op("eq", "x", 0.0), float("-inf"), float("nan"))
    other = b.op("select", b.op("gt", "x", 0.0), "x", at_zero)
    return b.function("log_single", ("x",), b.op("select", regular, value, other))


@cache
def exp() -> Function:
    """eˣ = 2ⁿ·eʳ with n the whole number next to x/ln 2; ∞ above 88.7, 0 below −103.9."""
    b = _builder()
    x = b.clip("x", -105.0, 89.0)
    magic = b.op("add", b.op("mul", x, 1.4426950408889634), _MAGIC)
    n = b.op("sub", magic, _MAGIC)
    r = b.op("sub", b.op("sub", x, b.op("mul", n, _LN2_HIGH)), b.op("mul", n, _LN2_LOW))
    square = b.op("mul", b.op("mul", r, r), b.horner(_EXPONENTIAL, r))
    value = b.op("add", b.op("add", r, square), 1.0)
    # 2ⁿ in two factors, so that the result may be subnormal; the first product is exact
    shifted = b.op("uadd", b.op("bits", magic), 2**32 - _MAGIC_WORD + 256)
    half = b.op("ushr", shifted, 1)
    for part in (half, b.op("usub", shifted, half)):
        value = b.op("mul", value, b.op("unbits", b.op("ushl", b.op("usub", part, 1), 23)))
    return b.function("exp_single", ("x",), value)


@cache
def power() -> Function:
    """xʸ = 2ᵗ, t = y·log₂x, x ≥ 0: errs by about |y|(½ + |ln x|) units of the last place.

    A result below 2⁻¹²⁵ is 0; of a negative x it is not a number, unless y = 0.
    """
    b = _builder()
    tiny = b.op("lt", "x", 2.0**-126)
    e, s = _split(b, b.op("mul", "x", b.op("select", tiny, 2.0**25, 1.0)))
    e = b.op("sub", e, b.op("select", tiny, 25.0, 0.0))
    fraction = b.op("mul", s, b.horner(_BINARY_LOGARITHM, b.op("mul", s, s)))
    regular = b.op("and", b.op("gt", "x", 0.0), b.op("lt", "x", float("inf")))
    at_zero = b.op("select", b.op("eq", "x", 0.0), float("-inf"), float("nan"))
    other = b.op("select", b.op("gt", "x", 0.0), "x", at_zero)
    t = b.op("mul", "y", b.op("select", regular, b.op("add", e, fraction), other))
    # t = n + r, n the whole number next to t; twice 2ʳ·2ⁿ⁻¹, whose factors do not overflow
    magic = b.op("add", t, _MAGIC)
    r = b.op("sub", t, b.op("sub", magic, _MAGIC))
    word = b.op("ushl", b.op("uadd", b.op("bits", magic), 2**32 - _MAGIC_WORD + 126), 23)
    value = b.op("mul", b.horner(_TWICE_BINARY_POWER, r), b.op("unbits", word))
    value = b.op("select", b.op("ge", t, 128.0), float("inf"), value)
    value = b.op("select", b.op("lt", t, -125.0), 0.0, value)
    return b.function("power_single", ("x", "y"), b.op("select", b.op("eq", "y", 0.0), 1.0, value))


def _radius(b: Builder, word: Operand) -> str:
    """√(−2 ln u): the factor −2 is in the coefficients."""
    u = b.op("add", b.op("mul", b.op("real", word), 2.0**-32), 2.0**-33)
    e, s = _split(b, u)
    odd = b.horner((-4.0, *(-2.0 * c for c in _ARTANH)), b.op("mul", s, s))
    return b.op("sqrt", b.op("add", b.op("mul", e, -2.0 * _LN2), b.op("mul", s, odd)))


@cache
def normal_pair() -> Function:
    """Two independent N(0, 1) numbers from two words, see the top of this module."""
    b = _builder()
    radius = _radius(b, "radial")
    quadrant = b.op("ushr", "angular", 30)
    fraction = b.op("mul", b.op("real", b.op("uand", "angular", 2**30 - 1)), 2.0**-30)
    y = b.op("sub", fraction, 0.5 - 2.0**-31)
    z = b.op("mul", y, y)
    sine = b.op("mul", y, b.horner((1.5707963267948966, *_SINE), z))
    cosine = b.horner((1.0, *_COSINE), z)
    odd = b.op("odd", quadrant)
    first, second = b.op("select", odd, sine, cosine), b.op("select", odd, cosine, sine)
    sign_first = b.op("ushl", b.op("uand", b.op("uadd", quadrant, 1), 2), 30)
    sign_second = b.op("ushl", b.op("uand", quadrant, 2), 30)
    results = [
        b.op("mul", radius, b.op("unbits", b.op("uxor", b.op("bits", value), sign)))
        for value, sign in ((first, sign_first), (second, sign_second))
    ]
    return b.function("normal_pair_single", ("radial", "angular"), *results)
