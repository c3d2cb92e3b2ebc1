"""Small corrections of converted MathML, its width, and where its lines may break."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from xml.etree.ElementTree import Element

#: Pieces wider than this (in em) are also split before signs.
LONG = 18.0

_OPEN, _CLOSE = frozenset("([{⟨⌊⌈"), frozenset(")]}⟩⌋⌉")
_BARS = frozenset("|‖∥")
_RELATIONS = frozenset("=≠<>≤≥≪≫≈≡∼≃≅∝→↦⇒⇔⟹⟺⟶≔:⟸⇐⩽⩾≲≳")
_ARROWS = frozenset("→↦⇒⇔⟹⟺⟶⟸⇐")
_SIGNS = frozenset("+−-±∓")
_LIMITS = {"max", "min", "sup", "inf", "lim", "argmin", "argmax", "argsup", "arginf"}
_UNDER = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
_NARROW_GAP, _WIDE_GAP = "0.167em", "0.278em"


def tidy(element: Element, script: bool = False) -> None:
    """Make a formula look as TeX would set it.

    Capital Greek letters are upright, named operators are set close to their argument with
    their limits below, bars take no space of their own, and in sub- and superscripts
    neither do signs and relations.

    Parameters
    ----------
    element : Element
        Changed in place, with all that it contains.
    script : bool
        Whether it is part of a sub- or superscript.
    """
    scripted = element.tag in {*_UNDER, *_UNDER.values()}
    for index, child in enumerate(element):
        tidy(child, script or (scripted and index > 0))
    text = element.text or ""
    if element.tag == "mi" and len(text) == 1 and "Α" <= text <= "Ω":
        element.set("mathvariant", "normal")
    if text == "∞":
        element.tag = "mi"
    if element.tag == "mi" and text in _RELATIONS:
        element.tag = "mo"
    if element.tag == "mo" and (text in _BARS or (script and text in _RELATIONS | _SIGNS)):
        _set_space(element, "0")
    elif element.tag == "mo" and text in _ARROWS:
        _set_space(element, _WIDE_GAP)
    if element.tag in _UNDER and _is_limit(element[0]):
        element.tag = _UNDER[element.tag]
        element[0].set("movablelimits", "true")
    if element.tag == "mrow":
        _space_names(list(element))


def _set_space(element: Element, gap: str) -> None:
    element.set("lspace", gap)
    element.set("rspace", gap)


def _is_limit(base: Element) -> bool:
    letters = "".join(filter(str.isalpha, base.text or ""))
    return base.tag == "mo" and (letters in _LIMITS or letters in {"limsup", "liminf"})


def _space_names(row: Sequence[Element]) -> None:
    """Thin spaces around named operators, as TeX has them: none at a parenthesis."""
    for before, element in pairwise([None, *row]):
        name = _core(element)
        if name is not None:
            plain = before is not None and before.tag != "mo" and before.tag != "mspace"
            name.set("lspace", _NARROW_GAP if plain else "0")
    for element, after in pairwise([*row, None]):
        name = _core(element)
        if name is not None:
            close = after is None or (after.text or "") in _OPEN or after.tag == "mspace"
            fenced = after is not None and after.tag == "mrow" and len(after) > 0
            close = close or (fenced and after is not None and (after[0].text or "") in _OPEN)
            name.set("rspace", "0" if close else _NARROW_GAP)


def _core(element: Element | None) -> Element | None:
    """The named operator in an element (sin, or max with something below), if it is one."""
    if element is None:
        return None
    if element.tag in {*_UNDER, *_UNDER.values()}:
        element = element[0]
    text = element.text or ""
    return element if element.tag == "mo" and len(text) > 1 and text[0].isalpha() else None


def width(element: Element) -> float:
    """About how wide an element is, in em."""
    text, inner = element.text or "", [width(child) for child in element]
    match element.tag:
        case "mo":
            spaced = text in _RELATIONS or text in _SIGNS
            return 1.3 if spaced else 0.5 * len(text)
        case "mi" | "mn" | "mtext":
            return 0.55 * len(text)
        case "mspace":
            return _em(element.get("width", ""))
        case "mfrac":
            return max(inner) + 0.2
        case "munder" | "mover" | "munderover":
            return max(inner[0], *(0.7 * part for part in inner[1:]))
        case "msub" | "msup":
            return inner[0] + 0.7 * inner[1]
        case "msubsup":
            return inner[0] + 0.7 * max(inner[1:])
        case "mtable":
            return max(inner, default=0.0)
        case "mtd":
            return sum(inner) + 0.8
        case _:
            return sum(inner)


def _em(length: str) -> float:
    try:
        return float(length.removesuffix("em"))
    except ValueError:
        return 0.0


def pieces(row: Element) -> list[list[Element]]:
    """The children of a formula's row, split where a line may break.

    Before relations and after wide spaces; in a piece wider than :data:`LONG` before signs
    also. Never inside parentheses.
    """
    found: list[list[Element]] = []
    for part in _split(list(row), _RELATIONS):
        found += _split(part, _SIGNS) if sum(map(width, part)) > LONG else [part]
    return found


def _split(row: list[Element], operators: frozenset[str]) -> list[list[Element]]:
    parts: list[list[Element]] = [[]]
    depth, bars = 0, 0
    for element in row:
        text = (element.text or "") if element.tag == "mo" else ""
        depth += (text in _OPEN) - (text in _CLOSE)
        bars += _base_text(element) in _BARS
        outside = depth <= 0 and bars % 2 == 0
        if outside and text in operators and _has_operand(parts[-1]):
            element.set("form", "infix")
            parts.append([element])
        elif outside and element.tag == "mspace" and _em(element.get("width", "")) >= 1:
            parts[-1].append(element)
            parts.append([])
        else:
            parts[-1].append(element)
    return [part for part in parts if part]


def _base_text(element: Element) -> str:
    """The operator's character, also where it carries a script, as in ‖x‖²."""
    while element.tag in {"msub", "msup", "msubsup"}:
        element = element[0]
    return (element.text or "") if element.tag == "mo" else ""


def _has_operand(part: Sequence[Element]) -> bool:
    """Whether something stands before an operator, so that it is not a leading sign."""
    if not part:
        return False
    return part[-1].tag != "mo" or (part[-1].text or "") in _CLOSE | _BARS
