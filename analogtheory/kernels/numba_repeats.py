"""Repetitions whose number differs from lane to lane, as numba source.

Where the processor has instructions to pack lanes (:mod:`analogtheory.kernels.packing`), those
with repetitions left are packed one after the other, go through a few together, and those with
more are packed again. Elsewhere lanes are sorted by their number of
repetitions and go through them in groups, each until its last lane is done. The numbers that
come out are the same.
"""

from __future__ import annotations

from collections.abc import Callable

from analogtheory.kernels.blocks import LOADS, STORES, Alternate, Block, Lanes, Repeat, all_lanes
from analogtheory.kernels.numba_rows import NUMBER, Rows, Side
from analogtheory.kernels.numba_statements import indented

#: The number of lanes that a loop goes through is a multiple of this.
LANES = 64

#: Packed lanes are filled up to a multiple of this.
WHOLE = 16

#: Lanes that repeat something together where they are sorted.
GROUP = 16

#: Lanes are sorted by their number of repetitions up to this one.
BUCKETS = 32

#: Prints blocks for lanes of a side.
Printed = Callable[[tuple[Block, ...], Side], list[str]]

_WHOLE = f"whole = (left + {WHOLE - 1}) // {WHOLE} * {WHOLE}"
_STOPPED = ["if failed > 0:", "    break"]


def carried(blocks: tuple[Block, ...], period: int) -> list[str]:
    """The rows whose values a period of repetitions uses.

    Rows that are stored before they are loaded carry nothing from one period to the next.
    """
    stored: set[str] = set()
    found: dict[str, None] = {}
    for lanes in (lanes for number in range(period) for lanes in _chosen(blocks, number)):
        for statement in lanes.statements:
            if statement.op in LOADS and statement.args[0] not in stored:
                found[str(statement.args[0])] = None
            elif statement.op == "lane":
                found[NUMBER] = None
            elif statement.op in STORES:
                stored.add(str(statement.args[0]))
    return list(found)


def _chosen(blocks: tuple[Block, ...], number: int) -> list[Lanes]:
    """The lanes that repetition `number` goes through."""
    found: list[Lanes] = []
    for block in blocks:
        if isinstance(block, Alternate):
            found += _chosen(block.ways[number % len(block.ways)], number)
        else:
            found += all_lanes([block])
    return found


def packed_repeat(rows: Rows, repeat: Repeat, printed: Printed) -> list[str]:
    """Lanes packed together as long as they have repetitions left.

    They are packed anew where the blocks of the body begin anew. Then few rows carry anything,
    for which it is worth that some lanes go through repetitions that they no longer need.
    """
    times, index = str(repeat.times), repeat.index
    period = max([1, *(len(b.ways) for b in repeat.blocks if isinstance(b, Alternate))])
    names = list(dict.fromkeys([times, *carried(repeat.blocks, period)]))
    back = _changed(names, repeat.blocks)
    few = repeat.are_few
    pack = [f"if {index} > 0:", *indented(_unpacked(rows, times, back, are_few=few))]
    pack += [f"threshold = {rows.bits(f'{rows.real}({index} * {repeat.stride})')}"]
    pack += [
        f"if {index} == 0:",
        *indented(_packed(rows, times, rows.home, names, "width", are_few=few)),
    ]
    again = ["end = left", *_packed(rows, times, rows.elsewhere, names, "end")]
    pack += ["else:", *indented(again), "if left == 0:", "    break", *_ended(rows, times)]
    body = [f"if {index} % {period} == 0:", *indented(pack)] if period > 1 else pack
    body += [*rows.index_names(index), *printed(repeat.blocks, rows.elsewhere), *_STOPPED]
    head = [f"threshold = {rows.word}(0)", "left = whole = 0"]
    # there is no end but that of the last lane
    return [*head, f"for {index} in range(1 << 62):", *indented(body), *_STOPPED]


def packed_while(rows: Rows, repeat: Repeat, printed: Printed) -> list[str]:
    """Those lanes that go on packed together, until none of them does."""
    going, index = str(repeat.flag), repeat.index
    names = carried(repeat.blocks, 1)
    back = _changed(names, repeat.blocks) if repeat.results is None else list(repeat.results)
    body = [*rows.index_names(index), *printed(repeat.blocks, rows.elsewhere), *_STOPPED]
    body += [f"if {going} == 0:", "    break"]
    return [
        f"threshold = {rows.word}(0)",
        *_packed(rows, going, rows.home, names, "width", are_few=True),
        _WHOLE,
        f"for {index} in range({repeat.times} if left > 0 else 0):",
        *indented(body),
        *_unpacked(rows, going, back, are_few=True),
        *_STOPPED,
    ]


def _changed(names: list[str], blocks: tuple[Block, ...]) -> list[str]:
    """Which of some rows the blocks change."""
    stored = {
        str(s.args[0]) for lanes in all_lanes(blocks) for s in lanes.statements if s.op in STORES
    }
    return [row for row in names if row in stored]


def _packed(
    rows: Rows, times: str, side: Side, names: list[str], end: str, *, are_few: bool = False
) -> list[str]:
    """Pack rows; a row may be packed onto itself, since it is read ahead of what is written."""
    chosen = f"chosen = above(work, {rows.index(side, times, 'e')}, threshold)"
    moves = [
        f"pack(work, {rows.index(rows.elsewhere, row, 'left')}, "
        f"work, {rows.index(side, row, 'e')}, chosen)"
        for row in names
    ]
    body = [chosen, *_if_some(moves, are_few), "left += np.int64(popcount(chosen))"]
    return ["left = 0", f"for e in range(0, {end}, {rows.vector}):", *indented(body)]


def _unpacked(rows: Rows, times: str, names: list[str], *, are_few: bool = False) -> list[str]:
    """Put rows back to where the lanes above the last threshold were in the tile."""
    moves = [
        f"unpack(work, {rows.index(rows.home, row, 'e')}, "
        f"work, {rows.index(rows.elsewhere, row, 'here')}, chosen)"
        for row in names
    ]
    chosen = f"chosen = above(work, {rows.index(rows.home, times, 'e')}, threshold)"
    body = [chosen, *_if_some(moves, are_few), "here += np.int64(popcount(chosen))"]
    return ["here = 0", f"for e in range(0, width, {rows.vector}):", *indented(body)]


def _if_some(moves: list[str], are_few: bool) -> list[str]:
    """Unless they are few, no processor could foretell whether some are chosen at all."""
    return ["if chosen != I(0):", *indented(moves)] if are_few else moves


def _ended(rows: Rows, times: str) -> list[str]:
    """No repetitions for what lies behind the last lane, so that loops need no remainder."""
    nothing = f"{rows.at(rows.elsewhere, times)} = {rows.word}(0)"
    return [_WHOLE, "for l in range(left, whole):", *indented([nothing])]


# ---------------------------------------------------------------------- sorted


def sorted_repeat(rows: Rows, repeat: Repeat, printed: Printed) -> list[str]:
    """Lanes sorted by their number of repetitions, in groups that repeat together."""
    times, index = str(repeat.times), repeat.index
    statements = [s for lanes in all_lanes(repeat.blocks) for s in lanes.statements]
    stored = dict.fromkeys(str(s.args[0]) for s in statements if s.op in STORES)
    read = dict.fromkeys(str(s.args[0]) for s in statements if s.op in (*LOADS, *STORES))
    side = rows.elsewhere.over(f"for l in range(group, group + {GROUP}):")
    moves = [
        f"{rows.at(side, row, 'i')} = {rows.at(rows.home, row)}"
        for row in dict.fromkeys([times, NUMBER, *read])
    ]
    lines = _sorted_by(rows.number(rows.home, times))
    lines += ["for i in range(width):", *indented(["l = order[i]", *moves])]
    most = f"most = max(most, np.float64({rows.number(side, times)}))"
    body = ["most = 0.0", side.loop, *indented([most])]
    inner = rows.index_names(index) + printed(repeat.blocks, side)
    body += [
        f"for {index} in range(-(-int(most) // {repeat.stride})):",
        *indented([*inner, *_STOPPED]),
    ]
    lines += [f"for group in range(0, width, {GROUP}):", *indented([*body, *_STOPPED])]
    moves = [f"{rows.at(rows.home, row)} = {rows.at(side, row, 'i')}" for row in stored]
    lines += ["for i in range(width):", *indented(["l = order[i]", *moves])]
    return [*lines, *_STOPPED]


def _sorted_by(count: str) -> list[str]:
    """Put the lanes in `order`, the largest counts first, by counting."""
    bucket = f"{BUCKETS - 1} - int(min(np.float64({count}), {float(BUCKETS - 1)}))"
    return [
        f"for i in range({BUCKETS}):", "    tally[i] = 0",
        "for l in range(width):", f"    tally[{bucket}] += 1",
        "place = 0",
        f"for i in range({BUCKETS}):",
        "    size = tally[i]", "    tally[i] = place", "    place += size",
        "for l in range(width):", f"    i = {bucket}",
        "    order[tally[i]] = l", "    tally[i] += 1",
    ]  # fmt: skip
