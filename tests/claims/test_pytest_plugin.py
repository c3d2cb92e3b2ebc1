"""Claims as tests: what is collected, how failures read, and that the plugin is inert elsewhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import analogtheory.claims.runner  # noqa: F401  (what the inner runs share, imported once)
from analogtheory import prove  # noqa: F401
from analogtheory.report import ledger_table  # noqa: F401

pytest_plugins = "pytester"


@pytest.fixture
def tmp_path(pytester: pytest.Pytester) -> Path:
    """The claims of the fixtures lie where the inner pytest runs."""
    return pytester.path


def inner(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """A pytest of its own, without the plugins that are slow to import."""
    return pytester.runpytest_inprocess(
        "-p", "no:hypothesispytest", "-p", "no:benchmark", *arguments
    )


def ids(lines: list[str]) -> list[str]:
    return [line.partition("::")[2] for line in lines if "::" in line]


def test_one_item_a_claim_and_one_a_twin(pytester: pytest.Pytester, good: Path) -> None:
    result = inner(pytester, "--collect-only", "-q")
    assert ids(result.outlines) == [
        "square",
        "square[twin: three for two]",
        "square[twin: no product]",
        "square-by-numbers",
        "square-by-numbers[twin: three for two]",
        "square-by-numbers[twin: no product]",
        "square-printed",
        "square-printed[twin: two for five]",
    ]
    inner(pytester).assert_outcomes(passed=8)


@pytest.mark.parametrize(
    ("arguments", "passed"),
    [
        (["-m", "claim"], 8),
        (["-m", "not claim"], 0),
        (["-k", "square-printed"], 2),
        (["-k", "derived and not twin"], 1),
        (["claim_good.py::square-printed"], 2),
        (["claim_good.py"], 8),
        (["--import-mode=importlib", "--doctest-modules", "--strict-markers"], 8),
        (["-p", "no:doctest", "-p", "no:cacheprovider"], 8),
        (["-p", "no:analogtheory"], 0),
        (["-o", "claim_files=theory_*.py"], 0),
        (["-o", "claim_files=theory_*.py claim_g*.py"], 8),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_selection(
    pytester: pytest.Pytester, good: Path, arguments: list[str], passed: int
) -> None:
    inner(pytester, *arguments).assert_outcomes(
        passed=passed, deselected=8 - passed if arguments[0] in ("-m", "-k") else 0
    )


def test_failures_name_the_lemma_and_show_no_traceback(
    pytester: pytest.Pytester, bad: Path
) -> None:
    result = inner(pytester, "-p", "no:cacheprovider")
    result.assert_outcomes(failed=11, passed=3)  # 'surviving', and the twins of 'wrong'
    text = " ".join(" ".join(result.outlines).split())
    for words in (
        "refuted: expand: false at a = 1, b = 1",
        "twin 'nothing that matters' survives: the evidence holds for it too (proved)",
        "undecided: its evidence stopped: RuntimeError: one two",
        "on record as refuted, but the evidence holds (proved)",
        "twin 'three for two' carries the repair but is refuted too",
        "source: arXiv:2502.06309, eq. (1)",
    ):
        assert words in text
    assert "Traceback" not in text
    assert "runtest" not in text


def test_a_missing_extra_skips_or_fails(pytester: pytest.Pytester, extra: Path) -> None:
    result = inner(pytester, "-rs")
    result.assert_outcomes(skipped=6)
    assert "needs the extra smt" in "\n".join(result.outlines)
    inner(pytester, "--claims-strict").assert_outcomes(failed=6)


def test_quick_unless_full(pytester: pytest.Pytester, good: Path) -> None:
    good.write_text(
        good.read_text("utf-8").replace("def square(run, two=2):\n", "def square(run, two=2):\n"
        "    two = two if run.quick else 9\n"), "utf-8",
    )  # fmt: skip
    for arguments, failed in ([], 0), (["--claims-quick"], 0), (["--claims-full"], 1):
        result = inner(pytester, "-k", "square and not twin", *arguments)
        result.assert_outcomes(passed=3 - failed, failed=failed, deselected=5)


def test_a_broken_file_is_one_line(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(claim_broken="import sympy\n\n1/0\n")
    result = inner(pytester)
    result.assert_outcomes(errors=1)
    text = "\n".join(result.outlines)
    assert "claim_broken.py: line 3: ZeroDivisionError: division by zero" in text
    assert "Traceback" not in text


def test_the_marker_and_options_are_documented(pytester: pytest.Pytester) -> None:
    assert "claim(id, source)" in "\n".join(inner(pytester, "--markers").outlines)
    text = "\n".join(inner(pytester, "--help").outlines)
    for word in ("--claims-full", "--claims-strict", "claim_files"):
        assert word in text


def test_inert_where_there_is_no_claim(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_x="def test_x(): pass")
    program = (
        "import sys, pytest; code = pytest.main(['-q', '-p', 'no:hypothesispytest']);"
        "heavy = {'numpy', 'sympy', 'analogtheory.claims'} & set(sys.modules);"
        "assert 'analogtheory.pytest_plugin' in sys.modules; assert not heavy, heavy;"
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_ledger_of_the_package(tmp_path: Path) -> None:
    """Outside of the checkout, as a user runs it; nothing is collected twice."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--pyargs", "analogtheory.proofs.compact_form", "-q",
         "-k", "compact-form", "-p", "no:cacheprovider", "-o", "addopts="],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert "3 passed" in done.stdout
