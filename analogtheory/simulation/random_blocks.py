"""Draws as blocks: several numbers come from one Philox counter, one after the other.

In double precision two normal numbers, in single precision four normal or four uniform ones;
the addresses are in the table of :mod:`analogtheory.philox`. What is not yet used waits in rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from analogtheory.kernels import elementary, elementary_single
from analogtheory.kernels.blocks import Alternate, Block
from analogtheory.kernels.statements import Operand
from analogtheory.simulation.body import Body

#: The words (step, stream, index) of a Philox counter; the lane is the fourth.
Address: TypeAlias = tuple[str, int, Operand]


def draw_uniform(body: Body, stream: int) -> None:
    """Have a uniform number ready in a row at each iteration; needed in single precision only."""
    if body.precision == 64:
        return
    before = body.captured()
    row = uniform_row(stream)
    words = _single_words(body, ("step_quad", stream, 0))
    body.builder.store(row, _uniform_single(body, words[0]))
    for number in (1, 2, 3):
        body.builder.store_word(f"{row}, word {number}", words[number])
    body.close()
    ways = [tuple(body.captured())]
    for number in (1, 2, 3):
        word = body.builder.op("uload", f"{row}, word {number}")
        body.builder.store(row, _uniform_single(body, word))
        body.close()
        ways.append(tuple(body.captured()))
    body.emit(*before, Alternate("step", tuple(ways)))


def uniform(body: Body, stream: int) -> Operand:
    """A uniform number of this iteration, in single precision that of :func:`draw_uniform`."""
    if body.precision == 32:
        return body.builder.op("load", uniform_row(stream))
    high, low, _, _ = body.words("step_word", stream, 0)
    return body.builder.call(elementary.uniform(), high, low)[0]


def uniform_row(stream: int) -> str:
    """The row of a uniform number in single precision."""
    return f"uniform {stream}"


def _uniform_single(body: Body, word: Operand) -> str:
    """u = (word + ½)/2³², rounded to single precision."""
    b = body.builder
    return b.op("add", b.op("mul", b.op("real", word), 2.0**-32), 2.0**-33)


def normal_numbers(
    body: Body, index: str, address: Address, row: str, sigma: Callable[[], Operand] | None = None
) -> Alternate:
    """Blocks that put a normal number into a row, another one for each value of an index.

    Parameters
    ----------
    body : Body
        Of which nothing is pending.
    index : str
    address : (step, stream, index) of the Philox counter
    row : str
    sigma : callable, optional
        Gives the standard deviation in the lanes being written.
    """
    ways: tuple[tuple[Block, ...], ...] = ()
    for pair in normal_pairs(body, address, row):
        ways += _two_ways(body, row, pair, sigma)
    return Alternate(index, ways)


def normal_pairs(body: Body, address: Address, row: str) -> Iterator[tuple[str, ...]]:
    """The pairs of normal numbers of a Philox counter, one after the other.

    After each pair the caller closes the lanes and takes what was written. Words that wait are
    kept in rows named after `row`.
    """
    if body.precision == 64:
        yield body.builder.call(elementary.normal_pair(), *body.words(*address))
        return
    for number, word in enumerate(_single_words(body, address)):
        body.builder.store_word(f"{row}, word {number}", word)
    body.close()
    for first in (0, 2):
        words = [body.builder.op("uload", f"{row}, word {first + k}") for k in (0, 1)]
        yield body.builder.call(elementary_single.normal_pair(), *words)


def _two_ways(
    body: Body, row: str, pair: tuple[str, ...], sigma: Callable[[], Operand] | None
) -> tuple[tuple[Block, ...], ...]:
    """The first number of a pair into the row; then the second, from where it waits."""
    b = body.builder
    for name, z in zip((row, f"next {row}"), pair, strict=True):
        b.store(name, z if sigma is None else b.op("mul", sigma(), z))
    body.close()
    return tuple(body.captured()), (body.copied(f"next {row}", row),)


def _single_words(body: Body, address: Address) -> list[str]:
    return [body.builder.op("narrow", word) for word in body.words(*address)]
