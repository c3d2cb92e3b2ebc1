"""Which claims run: by id or pattern, by paper, by form."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Mapping, Sequence

from analogtheory.claims.claim import PAPERS, Claim
from analogtheory.errors import InputError

FORMS = ("printed", "repaired", "derived")
#: The group of what belongs to no paper.
DERIVED = "derived"


def paper_of(claim: Claim) -> str:
    """The group of a claim in the ledger: its paper, or "derived"."""
    return claim.source.paper or DERIVED


def select(
    claims: Mapping[str, Claim],
    words: Sequence[str] = (),
    *,
    papers: Sequence[str] = (),
    forms: Sequence[str] = (),
) -> list[Claim]:
    """The claims that match one of the words, one of the papers and one of the forms.

    Parameters
    ----------
    claims : dict of str to Claim
        All there are, by id.
    words : sequence of str
        Ids, or patterns such as ``residual-*``; empty selects all.
    papers : sequence of str
        arXiv numbers, or "derived".
    forms : sequence of {"printed", "repaired", "derived"}

    Raises
    ------
    InputError
        If a word, paper or form matches nothing, or if together they leave nothing.
    """
    ids = {id for word in words for id in _matching(claims, word)}
    wanted = {_paper(claims, paper) for paper in papers}
    for form in forms:
        if form not in FORMS:
            raise InputError(f"form {form!r}: choose from {', '.join(FORMS)}")
    found = [
        item
        for item in claims.values()
        if (not words or item.id in ids)
        and (not papers or paper_of(item) in wanted)
        and (not forms or item.form in forms)
    ]
    if not found:
        raise InputError("verify: no claim is left by this selection (analogtheory list claims)")
    return sorted(found, key=_place)


def _place(claim: Claim) -> tuple[bool, bool, str]:
    """Known papers first; what belongs to none last. Claims of a paper stay in their order."""
    paper = paper_of(claim)
    return paper == DERIVED, paper not in PAPERS, paper


def _matching(claims: Mapping[str, Claim], word: str) -> list[str]:
    found = fnmatch.filter(claims, word)
    if found:
        return found
    near = difflib.get_close_matches(word, claims, n=3, cutoff=0.6)
    near = near or [id for id in claims if word and word in id][:3]
    hint = f"did you mean {' or '.join(near)}?" if near else _what_there_is(claims)
    raise InputError(f"claim {word!r}: there is none with this id; {hint}")


def _what_there_is(claims: Mapping[str, Claim]) -> str:
    if len(claims) <= 8:
        return f"there are {', '.join(claims)}"
    return "see analogtheory list claims"


def _paper(claims: Mapping[str, Claim], paper: str) -> str:
    known = sorted({paper_of(item) for item in claims.values()})
    name = paper.removeprefix("arXiv:")
    if name not in known:
        raise InputError(f"paper {paper!r}: there are claims of {', '.join(known)}")
    return name
