"""`verify`: selection, statuses, independence of processes, errors that stay inside a claim."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import analogtheory
from analogtheory import verify
from analogtheory.checker import KINDS, failure
from analogtheory.claims.collect import claims_in, collect, load_file
from analogtheory.errors import InputError

FOLDER = Path(analogtheory.__file__).parent
SCHEMA = json.loads((FOLDER / "report" / "verify.schema.json").read_text("utf-8"))


def without_seconds(data: dict[str, Any]) -> dict[str, Any]:
    rows = [{k: v for k, v in row.items() if k != "seconds"} for row in data["claims"]]
    return {**data, "claims": rows, "totals": {**data["totals"], "seconds": 0}}


def test_a_good_ledger(good: Path) -> None:
    report = verify(files=good, jobs=1)
    assert report.all_as_expected
    assert report.failed == ()
    assert {result.claim.id: result.evidence.level for result in report.results} == {
        "square": "proved", "square-by-numbers": "exact", "square-printed": "refuted",
    }  # fmt: skip
    totals = report.totals
    assert (totals["claims"], totals["twins"], totals["twins_rejected"]) == (3, 5, 5)
    text = str(report)
    assert max(map(len, text.splitlines())) <= 100
    assert "✓ square-printed     printed   refuted    1/1    → square" in text
    assert text.index("arXiv:2502.06309") < text.index("Derived in this project")
    assert "3 claims   proved 1   certified 0   exact 1   supported 0   refuted 1" in text
    assert "5 of 5 twins rejected   0 failed" in text


def test_failures_say_why(bad: Path) -> None:
    report = verify(files=[bad], jobs=1)
    assert len(report.failed) == len(report.results) == 5
    text = " ".join(str(report).split())
    for reason in (
        "refuted: expand: false at a = 1, b = 1",
        "twin 'nothing that matters' survives",
        "its evidence stopped: RuntimeError: one two",
        "on record as refuted, but the evidence holds (proved)",
        "twin 'three for two' carries the repair but is refuted too",
        "the claim returned NoneType",
    ):
        assert reason in text


def test_a_missing_extra_is_named_and_fails_only_when_strict(extra: Path) -> None:
    report = verify(files=extra, jobs=1)
    assert report.all_as_expected
    assert [result.status for result in report.results] == ["undecided", "undecided"]
    assert "pip install 'analogtheory[smt]'" in " ".join(str(report).split())
    assert len(verify(files=extra, jobs=1, strict=True).failed) == 2


@pytest.mark.parametrize("name", ["good", "extra", "bad"])
def test_json_follows_its_schema_and_its_certificates_check(
    name: str, request: pytest.FixtureRequest
) -> None:
    data = verify(files=request.getfixturevalue(name), jobs=1, quick=True).as_dict()
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(json.loads(json.dumps(data, allow_nan=False)), SCHEMA)
    certificates = [row["certificate"] for row in data["claims"] if row["certificate"]]
    assert [failure(certificate) for certificate in certificates] == [""] * len(certificates)
    if name == "good":
        assert certificates[0]["kind"] == "chain"
        assert data["claims"][1]["counterexample"]["point"] == {"a": "1", "b": "1"}
        assert data["claims"][2]["certificate"] is None


def test_the_schema_knows_every_kind_of_certificate() -> None:
    assert set(SCHEMA["$defs"]["certificate"]["properties"]["kind"]["enum"]) == set(KINDS)


def test_processes_threads_and_an_unguarded_script_agree(good: Path, tmp_path: Path) -> None:
    """A script without ``if __name__ == "__main__"`` must not start the ledger again."""
    here = without_seconds(verify(files=good, jobs=1).as_dict())
    with ThreadPoolExecutor(2) as pool:
        assert without_seconds(verify(files=good, executor=pool).as_dict()) == here
    script = tmp_path / "script.py"
    script.write_text(
        "import json, analogtheory\n"
        f"print(json.dumps(analogtheory.verify(files={str(good)!r}, jobs=2).as_dict()))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=60
    )
    assert without_seconds(json.loads(done.stdout)) == here
    assert done.stderr == ""


def test_a_claim_that_kills_its_process_is_undecided_and_alone(good: Path) -> None:
    text = good.read_text("utf-8") + (
        "\n\n@a_claim('killing')\ndef killing(run, two=2):\n    import os\n    os._exit(3)\n"
    )
    good.write_text(text, encoding="utf-8")
    report = verify(["square", "killing"], files=good, jobs=2)
    results = {result.claim.id: result for result in report.results}
    assert results["square"].status == "ok"
    assert results["killing"].status == "failed"
    assert "its process died" in results["killing"].evidence.reason
    assert [twin.rejected for twin in results["killing"].twins] == [None, None]


def test_a_broken_executor_of_another_leaves_claims_undecided(good: Path) -> None:
    class Gone(ThreadPoolExecutor):
        def submit(self, *call: Any, **more: Any) -> Any:
            raise BrokenExecutor("its processes are gone")

    report = verify("square", files=good, executor=Gone(1))
    [result] = report.results
    assert result.status == "failed"
    assert "BrokenExecutor: its processes are gone" in result.evidence.reason


def test_the_longest_start_first_and_results_keep_their_order(good: Path) -> None:
    from analogtheory.claims import Run
    from analogtheory.claims.runner import run_ledger

    claims = list(collect([good]).values())
    seen: list[str] = []
    report = run_ledger(
        claims, Run(), jobs=1, seconds={"square": 1, "square-by-numbers": 2, "square-printed": 3},
        watch=lambda result, waiting: seen.append(f"{result.claim.id} {len(waiting)}"),
    )  # fmt: skip
    assert seen == ["square-printed 2", "square-by-numbers 1", "square 0"]
    assert [result.claim for result in report.results] == claims


# ------------------------------------------------------------------------------ selection


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        ({"selection": "square"}, ["square"]),
        ({"selection": ["square-*"]}, ["square-printed", "square-by-numbers"]),
        ({"papers": "arXiv:2502.06309"}, ["square", "square-printed"]),
        ({"papers": ["derived"]}, ["square-by-numbers"]),
        ({"forms": "printed", "selection": "*printed"}, ["square-printed"]),
    ],
)
def test_selection(good: Path, arguments: dict[str, Any], ids: list[str]) -> None:
    report = verify(files=good, jobs=1, **arguments)
    assert [result.claim.id for result in report.results] == ids


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"selection": "sqare"}, "did you mean square"),
        ({"selection": "zzz"}, "there are square, square-by-numbers"),
        ({"papers": "2502.0"}, "there are claims of 2502.06309, derived"),
        ({"forms": "misprinted"}, "choose from printed"),
        ({"forms": "derived", "papers": "2502.06309"}, "no claim is left"),
        ({"jobs": 0}, "jobs 0"),
        ({"seed": -1}, "seed -1"),
    ],
)
def test_unusable_selections(good: Path, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        verify(files=good, **arguments)
    assert "\n" not in str(caught.value)


# ------------------------------------------------------------------------------- collecting


def test_a_file_is_run_once_for_its_content(good: Path) -> None:
    first = load_file(good)
    assert load_file(good) is first
    good.write_text(good.read_text("utf-8").replace("square-by-numbers", "numbers"), "utf-8")
    assert [claim.id for claim in claims_in(load_file(good))] == [
        "square", "numbers", "square-printed",
    ]  # fmt: skip


def test_a_file_of_the_ledger_itself_is_its_usual_module() -> None:
    module = load_file(FOLDER / "proofs" / "compact_form.py")
    assert module.__name__ == "analogtheory.proofs.compact_form"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\n", "defines no claim"),
        ("\n1/0\n", "line 2: ZeroDivisionError"),
        ("def broken(:\n", "SyntaxError"),
        ("import sys\nsys.exit(7)\n", "SystemExit: 7"),
        ("raise RuntimeError('one\\ntwo')\n", "RuntimeError: one two"),
        ("from analogtheory.claims import claim\nclaim('Not An Id', twins=())\n", "line 2"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        collect([file])
    assert "mine.py" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_one_id_twice(good: Path, tmp_path: Path) -> None:
    other = tmp_path / "again.py"
    other.write_text(good.read_text("utf-8"), "utf-8")
    with pytest.raises(InputError, match="two claims have this id"):
        collect([good, other])


def test_the_ledger_itself_is_found() -> None:
    report = verify("compact-form", quick=True)
    assert report.all_as_expected
    assert [result.evidence.level for result in report.results] == ["proved"]
