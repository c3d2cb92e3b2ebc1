"""The ledger under pytest: one item a claim and one a broken twin.

pytest finds this module by itself (entry point ``pytest11``) in every environment that has the
package, so it must cost nothing where there is no claim: what is heavy is imported when the first
file of claims is collected. Such files are ``claim_*.py`` (ini option ``claim_files``) anywhere,
and every module of `analogtheory.proofs`. It is outside `analogtheory.claims` because importing
that package imports SymPy.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from analogtheory.claims.claim import Claim, Twin


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options and the ini option ``claim_files``."""
    group = parser.getgroup("analogtheory", "claims (analogtheory)")
    group.addoption(
        "--claims-quick", dest="claims_full", action="store_false", default=False,
        help="claims with smaller grids and samples (default)",
    )  # fmt: skip
    group.addoption(
        "--claims-full", dest="claims_full", action="store_true",
        help="claims with their full grids and samples",
    )  # fmt: skip
    group.addoption(
        "--claims-strict", action="store_true",
        help="claims that only a missing extra could decide fail instead of being skipped",
    )  # fmt: skip
    parser.addini(
        "claim_files", "patterns of files with claims", type="args", default=["claim_*.py"]
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers", "claim(id, source): a claim of analogtheory, or one of its broken twins"
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect files of claims."""
    if file_path.suffix != ".py" or not _has_claims(file_path, parent.config):
        return None
    file: pytest.Collector = ClaimFile.from_parent(parent, path=file_path)
    return file


def _has_claims(path: Path, config: pytest.Config) -> bool:
    if path.parent.name == "proofs" and path.parent.parent.name == "analogtheory":
        return path.name != "__init__.py"
    return any(fnmatch.fnmatch(path.name, pattern) for pattern in config.getini("claim_files"))


class ClaimFile(pytest.File):
    """A Python file with claims."""

    def collect(self) -> Iterator[pytest.Item]:
        """Each claim, followed by its twins."""
        from analogtheory.claims.collect import claims_in, load_file
        from analogtheory.errors import InputError

        try:
            module = load_file(self.path)
        except InputError as problem:
            raise self.CollectError(str(problem)) from None
        for claim in claims_in(module):
            yield ClaimItem.from_parent(self, name=claim.id, claim=claim)
            for twin in claim.twins:
                name = f"{claim.id}[twin: {twin.change}]"
                yield ClaimItem.from_parent(self, name=name, claim=claim, twin=twin)


class ClaimItem(pytest.Item):
    """A claim, or one of its twins."""

    def __init__(self, *, claim: Claim, twin: Twin | None = None, **keywords: Any):
        super().__init__(**keywords)
        self.claim = claim
        self.twin = twin
        self.add_marker(pytest.mark.claim(claim.id, source=str(claim.source)))
        self.extra_keyword_matches.update({claim.form, claim.source.paper})

    def runtest(self) -> None:
        """Pass if the evidence is as on record, or rejects the twin."""
        full = self.config.getoption("claims_full")
        causes, needs = _causes(self.claim, self.twin, quick=not full)
        if needs and not self.config.getoption("claims_strict"):
            pytest.skip(f"needs the extra {needs}")
        if causes:
            raise NotAsOnRecord("\n".join([*causes, f"source: {self.claim.source}"]))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The lemma that broke, with its counterexample; no traceback."""
        if isinstance(excinfo.value, NotAsOnRecord):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the claim is written."""
        code = getattr(self.claim.evidence, "__code__", None)
        return self.path, code.co_firstlineno - 1 if code else None, self.name


def _causes(claim: Claim, twin: Twin | None, *, quick: bool) -> tuple[list[str], str]:
    """Why a claim or twin is not as on record, and the extra that could decide it."""
    from analogtheory.claims.claim import Run
    from analogtheory.claims.ledger import Result, run_twin, settle
    from analogtheory.report.ledger_table import reasons, twin_reason

    run = Run(quick=quick)
    if twin is None:
        result = Result(claim, settle(claim, run), (), 0.0)
        return reasons(result), result.needs if result.status == "undecided" else ""
    tried = run_twin(claim, twin, run)
    if tried.rejected:
        return [], ""
    return [twin_reason(claim, tried)], tried.needs if tried.rejected is None else ""


class NotAsOnRecord(AssertionError):
    """A claim that should hold does not, a twin survives, or a refutation is gone."""
