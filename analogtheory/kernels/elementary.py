"""exp, log, Philox and normal numbers from + − × ÷ √ and words: the same bits everywhere.

The mathematical libraries of two machines differ in the last bit of exp and log; these
functions do not. Their errors are held against exact arithmetic in the tests.

Normal numbers come in pairs from one Philox counter (G. Box and M. Muller, Annals of
Mathematical Statistics 29, 1958)::

    z₀ = √(−2 ln u)·cos θ,    z₁ = √(−2 ln u)·sin θ,    θ = (π/2)(j + y)

with u from words 0 and 1 as in :func:`analogtheory.philox.uniforms` and, from the 52 bits
k of words 2 and 3, the quadrant j = ⌊k/2⁵⁰⌋ and y = (k mod 2⁵⁰ + ½)/2⁵⁰ − ½. The tails
reach √(106 ln 2) = 8.57 standard deviations.

ln x = e·ln 2 + 2·artanh s with x = 2ᵉm, √½ ≤ m < √2, s = (m − 1)/(m + 1); the polynomials
are interpolants at Chebyshev nodes, computed with 50 digits.
"""

from __future__ import annotations

from functools import cache

from analogtheory.kernels.statements import Builder, Function, Operand

MASK = 0xFFFFFFFF
_FRACTION = 0xFFFFFFFFFFFFF
_ONE = 0x3FF0000000000000
_ROOT_HALF = 0x3FE6A09E667F3BCD
#: 2⁵² as a word, to turn small whole numbers into doubles.
_BIG = 0x4330000000000000
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10

#: (2·artanh s/s − 2)/s² in powers of s², |s| ≤ (√2 − 1)/(√2 + 1).
_ARTANH = (
    0.66666666666666696862, 0.3999999999989950449, 0.28571428625975484921,
    0.22222211134795079855, 0.1818288912526172208, 0.15331721600556041269,
    0.1461644968504340586,
)  # fmt: skip
#: (sin(πy/2)/y − π/2)/y² and (cos(πy/2) − 1)/y² in powers of y², |y| ≤ ½.
_SINE = (
    -0.64596409750624617447, 0.079692626246144238546, -0.0046817541342542077094,
    0.00016044116661409423795, -3.5987029509735104657e-6, 5.6422253691635282962e-8,
)  # fmt: skip
_COSINE = (
    -1.2337005501361698269, 0.25366950790104782321, -0.020863480763340772521,
    0.00091926027454684461873, -0.000025202039028029176105, 4.7106784055052271063e-7,
    -6.3293963449674235121e-9,
)  # fmt: skip
#: (eʳ − 1 − r)/r² in powers of r, |r| ≤ ln(2)/2.
_EXPONENTIAL = (
    0.5, 0.16666666666666670986, 0.041666666666666669752,
    0.008333333333326140884, 0.0013888888888883752417, 0.00019841269874800491981,
    0.000024801587325533363819, 2.7557255425746434282e-6, 2.7557273661348636219e-7,
    2.5105206373957011116e-8, 2.09146793765839351e-9,
)  # fmt: skip

_WORDS = ("c0", "c1", "c2", "c3")


@cache
def philox() -> Function:
    """Philox4x32-10 on words below 2³²: see :func:`analogtheory.philox.philox4x32`."""
    b = Builder()
    c0, c1, c2, c3 = _WORDS
    k0, k1 = "k0", "k1"
    for _ in range(10):
        # The masks tell the compiler that both factors have 32 bits: one multiplication.
        first = b.op("umul", b.op("uand", c0, MASK), 0xD2511F53)
        second = b.op("umul", b.op("uand", c2, MASK), 0xCD9E8D57)
        c0 = b.op("uxor", b.op("ushr", second, 32), b.op("uxor", c1, k0))
        c2 = b.op("uxor", b.op("ushr", first, 32), b.op("uxor", c3, k1))
        c1, c3 = b.op("uand", second, MASK), b.op("uand", first, MASK)
        k0 = b.op("uand", b.op("uadd", k0, 0x9E3779B9), MASK)
        k1 = b.op("uand", b.op("uadd", k1, 0xBB67AE85), MASK)
    return b.function("philox", (*_WORDS, "k0", "k1"), c0, c1, c2, c3)


@cache
def uniform() -> Function:
    """u = (k + ½)/2⁵² from two words: see :func:`analogtheory.philox.uniforms`."""
    b = Builder()
    one_to_two = b.op("unbits", b.op("uor", _joined(b, "high", "low"), _ONE))
    return b.function(
        "uniform", ("high", "low"), b.op("add", b.op("sub", one_to_two, 1.0), 2.0**-53)
    )


def _joined(b: Builder, high: Operand, low: Operand) -> str:
    """The upper 52 of 64 bits."""
    return b.op("uor", b.op("ushl", high, 20), b.op("ushr", low, 12))


@cache
def normal_log() -> Function:
    """ln x of a positive, finite, normal double."""
    b = Builder()
    e, s = _split(b, "x")
    z = b.op("mul", s, s)
    small = b.op("mul", s, b.op("mul", z, b.horner(_ARTANH, z)))
    small = b.op("add", small, b.op("mul", e, _LN2_LOW))
    total = b.op("add", b.op("add", b.op("add", s, s), small), b.op("mul", e, _LN2_HIGH))
    return b.function("normal_log", ("x",), total)


def _split(b: Builder, x: Operand) -> tuple[str, str]:
    """The exponent e and s = (m − 1)/(m + 1) of x = 2ᵉm, √½ ≤ m < √2."""
    moved = b.op("uadd", b.op("bits", x), _ONE - _ROOT_HALF)
    biased = b.op("unbits", b.op("uor", b.op("ushr", moved, 52), _BIG))
    e = b.op("sub", biased, 2.0**52 + 1023.0)
    m = b.op("unbits", b.op("uadd", b.op("uand", moved, _FRACTION), _ROOT_HALF))
    return e, b.op("div", b.op("sub", m, 1.0), b.op("add", m, 1.0))


def _radius(b: Builder, u: Operand) -> str:
    """√(−2 ln u): the factor −2 is in the coefficients."""
    e, s = _split(b, u)
    odd = b.horner((-4.0, *(-2.0 * c for c in _ARTANH)), b.op("mul", s, s))
    square = b.op("add", b.op("mul", e, -2.0 * 0.6931471805599453), b.op("mul", s, odd))
    return b.op("sqrt", square)


@cache
def normal_pair() -> Function:
    """Two independent N(0, 1) numbers from four words, see the top of this module."""
    b = Builder()
    (u,) = b.call(uniform(), "c0", "c1")
    radius = _radius(b, u)
    k = _joined(b, "c2", "c3")
    quadrant = b.op("ushr", k, 50)
    shifted = b.op("ushl", b.op("uand", k, 2**50 - 1), 2)
    y = b.op("add", b.op("sub", b.op("unbits", b.op("uor", shifted, _ONE)), 1.5), 2.0**-51)
    z = b.op("mul", y, y)
    # π/2 is added last: its rounding is the only one that matters
    sine = b.op("mul", y, b.horner((1.5707963267948966, *_SINE), z))
    cosine = b.horner((1.0, *_COSINE), z)
    odd = b.op("odd", quadrant)
    first, second = b.op("select", odd, sine, cosine), b.op("select", odd, cosine, sine)
    sign_first = b.op("ushl", b.op("uand", b.op("uadd", quadrant, 1), 2), 62)
    sign_second = b.op("ushl", b.op("uand", quadrant, 2), 62)
    results = [
        b.op("mul", radius, b.op("unbits", b.op("uxor", b.op("bits", value), sign)))
        for value, sign in ((first, sign_first), (second, sign_second))
    ]
    return b.function("normal_pair", _WORDS, *results)


@cache
def log() -> Function:
    """ln x of any double: −∞ at 0, not a number below."""
    b = Builder()
    tiny = b.op("lt", "x", 2.0**-1022)
    scaled = b.op("select", tiny, b.op("mul", "x", 2.0**54), "x")
    (value,) = b.call(normal_log(), scaled)
    shift = b.op("select", tiny, 54 * 0.6931471805599453, 0.0)
    value = b.op("sub", value, shift)
    # a sum with x keeps +∞ and what is not a number
    regular = b.op("and", b.op("gt", "x", 0.0), b.op("lt", "x", float("inf")))
    at_zero = b.op("select", b.op("eq", "x", 0.0), float("-inf"), float("nan"))
    other = b.op("select", b.op("gt", "x", 0.0), "x", at_zero)
    return b.function("log", ("x",), b.op("select", regular, value, other))


@cache
def exp() -> Function:
    """eˣ = 2ⁿ·eʳ with n the whole number next to x/ln 2; ∞ above 709.8, 0 below −745.1."""
    b = Builder()
    x = b.clip("x", -746.0, 710.0)
    # 1.5·2⁵² + t holds the whole number next to t in its last bits
    magic = b.op("add", b.op("mul", x, 1.4426950408889634), 1.5 * 2.0**52)
    n = b.op("sub", magic, 1.5 * 2.0**52)
    r = b.op("sub", b.op("sub", x, b.op("mul", n, _LN2_HIGH)), b.op("mul", n, _LN2_LOW))
    square = b.op("mul", b.op("mul", r, r), b.horner(_EXPONENTIAL, r))
    value = b.op("add", b.op("add", r, square), 1.0)
    # 2ⁿ in two factors, so that the result may be subnormal; the first product is exact
    shifted = b.op("uadd", b.op("bits", magic), 2**64 - 0x4338000000000000 + 2048)
    half = b.op("ushr", shifted, 1)
    for part in (half, b.op("usub", shifted, half)):
        value = b.op("mul", value, b.op("unbits", b.op("ushl", b.op("usub", part, 1), 52)))
    return b.function("exp", ("x",), value)


@cache
def power() -> Function:
    """xʸ = exp(y·ln x) for x ≥ 0: errs by about |y ln x| units of the last place."""
    b = Builder()
    (logarithm,) = b.call(log(), "x")
    (value,) = b.call(exp(), b.op("mul", "y", logarithm))
    return b.function("power", ("x", "y"), b.op("select", b.op("eq", "y", 0.0), 1.0, value))
