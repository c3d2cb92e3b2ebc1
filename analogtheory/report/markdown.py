"""The little Markdown that experiments write: headings, paragraphs with code, tables."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from analogtheory.report.mathml import text_html


def markdown_html(text: str) -> str:
    """Tables, headings and paragraphs as HTML; anything else is a paragraph of plain text.

    Examples
    --------
    >>> markdown_html("## Few\\n\\nSee `f(x)` < 1.")
    '<h5>Few</h5><p>See <code>f(x)</code> &lt; 1.</p>'
    """
    blocks = [block.strip("\n") for block in re.split(r"\n\s*\n", text) if block.strip()]
    return "".join(map(_block, blocks))


def _block(block: str) -> str:
    lines = block.splitlines()
    if all(line.lstrip().startswith("|") for line in lines) and len(lines) >= 2:
        return _table(lines)
    heading = re.fullmatch(r"#+\s+(.*)", block)
    if heading:
        return f"<h5>{_inline(heading[1])}</h5>"
    return f"<p>{_inline(' '.join(lines))}</p>"


def _inline(text: str) -> str:
    """Escaped text with `code`."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", text_html(text))


def _table(lines: Iterable[str]) -> str:
    head, rule, *rows = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))] for line in lines
    ]
    sides = ["" if cell.endswith(":") else ' class="left"' for cell in rule]
    first = "".join(
        f'<th scope="col"{side}>{_inline(cell)}</th>'
        for cell, side in itertools.zip_longest(head, sides[: len(head)], fillvalue="")
    )
    body = "".join(f"<tr>{_row(row, sides)}</tr>" for row in rows)
    return (
        '<div class="scroll" role="region" tabindex="0" aria-label="Table"><table>'
        f"<thead><tr>{first}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(cells: list[str], sides: list[str]) -> str:
    known = [*sides, *[""] * len(cells)]
    first, *others = cells
    return f'<th scope="row">{_inline(first)}</th>' + "".join(
        f"<td{side}>{_inline(cell)}</td>" for cell, side in zip(others, known[1:], strict=False)
    )
