"""LaTeX mathematics as MathML that is safe to put into a page, and that can break lines.

`latex2mathml` converts; what it answers is rebuilt here from a list of allowed elements and
attributes, because it un-escapes text and passes links through. A formula that it cannot
read is shown as its source. MathML, and not matplotlib's mathtext as SVG paths: mathtext
has neither ``cases`` nor ``\\ge``, and a path can be neither read aloud, copied, nor broken
into lines.

A browser does not break a formula. So a formula becomes several ``<math>`` elements, split
before the relations (and the signs, in long pieces) that stand outside all parentheses; the
line can break between them, on a phone as on paper.
"""

from __future__ import annotations

import re
from html import escape
from xml.etree.ElementTree import Element

from latex2mathml.converter import Converter

from analogtheory.report.mathml_layout import pieces, tidy, width

#: Beyond this a formula is not converted; no person reads it.
_LONGEST = 4000
#: Pieces wider than this (in em) are printed smaller, or as source, on paper.
_WIDE, _TOO_WIDE = 34.0, 46.0

#: Allowed elements, with the number of children where MathML fixes it.
_ELEMENTS: dict[str, int | None] = {
    "mrow": None, "mi": None, "mn": None, "mo": None, "mtext": None, "mspace": None,
    "mstyle": None, "mpadded": None, "msqrt": None, "mtable": None, "mtr": None, "mtd": None,
    "mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2,
    "msubsup": 3, "munderover": 3,
}  # fmt: skip
_ATTRIBUTES = frozenset({
    "accent", "accentunder", "columnalign", "columnspacing", "depth", "displaystyle", "fence",
    "form", "height", "largeop", "linethickness", "lspace", "mathvariant", "maxsize", "minsize",
    "movablelimits", "rowspacing", "rspace", "scriptlevel", "separator", "stretchy", "symmetric",
    "width",
})  # fmt: skip
_VALUE = re.compile(r"[\w .%+-]*")
_REFERENCE = re.compile(r"&#x([0-9A-Fa-f]{1,6});")


def formula_html(latex: str) -> str:
    """A displayed formula: MathML in a box of its own, or its source if it cannot be read.

    Parameters
    ----------
    latex : str
        Mathematics without the dollars.

    Examples
    --------
    >>> formula_html(r"\\frac{1")
    '<div class="formula source"><code>\\\\frac{1</code></div>'
    """
    source = f"<code>{text_html(latex)}</code>"
    try:
        row = _converted(latex)
        parts = pieces(row)
        shown = " ".join(_math(part) for part in parts)
    except Exception:  # whatever a user's formula does to the converter
        return f'<div class="formula source">{source}</div>'
    widest = max(map(_total, parts))
    kind = " too-wide" if widest > _TOO_WIDE else " wide" if widest > _WIDE else ""
    backup = f'<div class="formula-source">{source}</div>' if kind == " too-wide" else ""
    return f'<div class="formula{kind}">{shown}</div>{backup}'


def text_html(text: object) -> str:
    """Any text, escaped; lone surrogates, which no file can hold, become question marks."""
    return escape(str(text).encode("utf-8", "replace").decode("utf-8"))


def _converted(latex: str) -> Element:
    """The row of a formula, in allowed elements only.

    Raises
    ------
    ValueError
        If it is not a formula that can be shown.
    """
    if not latex.strip() or len(latex) > _LONGEST:
        raise ValueError("no formula, or too long for one")
    root = Converter(display="block").convert_to_element(latex)
    row = Element("mrow")
    row.extend(_cleaned(child) for child in root)
    while len(row) == 1 and row[0].tag == "mrow":
        row = row[0]
    tidy(row)
    return row


def _cleaned(element: Element) -> Element:
    """A copy with what is allowed; ValueError for what MathML does not have."""
    if element.tag not in _ELEMENTS:
        raise ValueError(f"element {element.tag}")
    count = _ELEMENTS[element.tag]
    if count is not None and len(element) != count:
        raise ValueError(f"{element.tag} with {len(element)} children")
    copy = Element(element.tag)
    copy.text = _REFERENCE.sub(lambda found: chr(int(found[1], 16)), element.text or "")
    if copy.text.startswith("\\") or (copy.text in {"{", "}", "&"} and element.tag == "mi"):
        raise ValueError(f"not a command: {copy.text}")
    for name, value in element.attrib.items():
        if name in _ATTRIBUTES and _VALUE.fullmatch(value):
            copy.set(name, value)
    copy.extend(_cleaned(child) for child in element)
    return copy


def _math(part: list[Element]) -> str:
    body = "".join(map(_written, part))
    return f'<math displaystyle="true"><mrow>{body}</mrow></math>'


def _written(element: Element) -> str:
    attributes = "".join(
        f' {name}="{escape(value)}"' for name, value in sorted(element.attrib.items())
    )
    body = text_html(element.text or "") + "".join(map(_written, element))
    return f"<{element.tag}{attributes}>{body}</{element.tag}>"


def _total(part: list[Element]) -> float:
    return sum(map(width, part))
