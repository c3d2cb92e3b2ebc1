"""The results of a ledger grouped by paper, in the order of the paper's equations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from analogtheory.claims.claim import PAPERS, Claim
from analogtheory.claims.ledger import Result

_FORMS = ("printed", "repaired", "derived")
#: Statements without an equation number follow those with one.
_NO_EQUATION = 10**6


@dataclass(frozen=True)
class Group:
    """The results that belong to one paper.

    Attributes
    ----------
    paper : str
        As in :class:`analogtheory.claims.claim.Source`; "" for what belongs to none.
    results : tuple of Result
    """

    paper: str
    results: tuple[Result, ...]

    @property
    def label(self) -> str:
        """Short: the arXiv number, the reference, or "this project"."""
        if self.is_arxiv:
            return f"arXiv:{self.paper}"
        return self.paper or "this project"

    @property
    def title(self) -> str:
        """The paper's title, where it is known."""
        return PAPERS.get(self.paper, "") if self.paper else "Derived in this project"

    @property
    def is_arxiv(self) -> bool:
        """Whether the paper is an arXiv number."""
        return re.fullmatch(r"\d{4}\.\d{4,5}", self.paper) is not None


def by_paper(results: Sequence[Result]) -> list[Group]:
    """Groups in the order of the papers (arXiv numbers first), each in the paper's order."""
    papers = {result.claim.source.paper for result in results}

    def place(paper: str) -> tuple[bool, bool, str]:
        return paper == "", paper not in PAPERS, paper

    return [
        Group(
            paper,
            tuple(
                sorted(
                    (result for result in results if result.claim.source.paper == paper),
                    key=lambda result: order(result.claim),
                )
            ),
        )
        for paper in sorted(papers, key=place)
    ]


def order(claim: Claim) -> tuple[int, list[tuple[int, str]], int, str]:
    """Sort key in a paper: first equation number, then the words, then the form.

    Examples
    --------
    >>> first_equation("Theorem 2, eqs. (62)–(75)"), natural("Lemma 12")
    (62, [(0, 'Lemma '), (12, '')])
    """
    where = claim.source.where
    return first_equation(where), natural(where), _FORMS.index(claim.form), claim.id


def first_equation(where: str) -> int:
    """The first number in parentheses, or a number above all."""
    found = re.search(r"\((\d+)", where)
    return int(found[1]) if found else _NO_EQUATION


def natural(text: str) -> list[tuple[int, str]]:
    """A text with its numbers as numbers, so that Lemma 2 precedes Lemma 12."""
    parts = [part for part in re.split(r"(\d+)", text) if part]
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]
