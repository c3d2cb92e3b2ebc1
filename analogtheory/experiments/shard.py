"""Shares of the work for batch systems: which parts a shard i of n computes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analogtheory.errors import InputError


def read_shard(text: str) -> tuple[int, int]:
    """The shard i of n that "i/n" names, 1 ≤ i ≤ n.

    Raises
    ------
    InputError
        If it names none.

    Examples
    --------
    >>> read_shard("2/8")
    (2, 8)
    """
    first, _, second = text.partition("/")
    if first.strip().isdecimal() and second.strip().isdecimal():
        index, count = int(first), int(second)
        if 1 <= index <= count:
            return index, count
    raise InputError(f"--shard {text}: write i/n with 1 ≤ i ≤ n, for example 1/8, 2/8, …, 8/8")


def shares(counts: Sequence[int], shard: tuple[int, int]) -> Iterator[range]:
    """Which parts of each experiment a shard computes, from the numbers of their parts.

    Parts are counted through all experiments; shard i of n has those with number ≡ i − 1 mod n.

    Examples
    --------
    >>> [list(share) for share in shares([1, 4], (1, 2))]
    [[0], [1, 3]]
    """
    (index, of), number = shard, 0
    for count in counts:
        yield range((index - 1 - number) % of, count, of)
        number += count
