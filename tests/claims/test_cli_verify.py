"""The ledger's commands as a user meets them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analogtheory.cli import main


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        code = main(arguments)
    except SystemExit as stop:  # argparse
        code = int(stop.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_exit_codes(capsys: pytest.CaptureFixture[str], good: Path, bad: Path, extra: Path) -> None:
    code, out, err = run(capsys, "verify", str(good), "--jobs", "1", "--quick")
    assert (code, err) == (0, "")
    assert "(quick, seed 1)" in out
    code, out, err = run(capsys, "verify", str(bad), "--jobs", "1")
    assert code == 1
    assert "5 failed" in out
    assert set(err.splitlines()) == {"a claim may print"}
    assert run(capsys, "verify", str(extra), "--jobs", "1")[0] == 0
    code, out, _ = run(capsys, "verify", str(extra), "--jobs", "1", "--strict")
    assert code == 1
    assert "2 failed" in out


@pytest.mark.parametrize("id", ["wrong", "surviving", "raising", "no-longer-refuted"])
def test_each_failure_fails(capsys: pytest.CaptureFixture[str], bad: Path, id: str) -> None:
    code, out, _ = run(capsys, "verify", str(bad), id)
    assert code == 1
    assert f"✗ {id}" in out


def test_json_on_standard_output_is_alone(capsys: pytest.CaptureFixture[str], bad: Path) -> None:
    code, out, _ = run(capsys, "verify", str(bad), "--json", "-", "--jobs", "1", "--seed", "7")
    data = json.loads(out)
    assert code == 1
    assert data["run"] == {"quick": False, "seed": 7, "strict": False}
    assert data["totals"]["failed"] == 5


def test_explain_shows_a_claim_whole(capsys: pytest.CaptureFixture[str], good: Path) -> None:
    code, out, _ = run(capsys, "verify", str(good), "square-printed", "--explain")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 100
    for words in (
        "statement       (a + b)² = a² + 2ab + b²",
        "source          arXiv:2502.06309, eq. (1)",
        "hypotheses      a and b are real",
        "[refuted] expand: false at a = 1, b = 1",
        "at a = 1, b = 1",
        "repaired by     square",
        "twins           [rejected] two for five",
    ):
        assert words in out


def test_every_output_at_once(
    capsys: pytest.CaptureFixture[str], good: Path, tmp_path: Path
) -> None:
    outputs = {"--json": "x.json", "--html": "x.html", "--errata": "errata.md"}
    words = [word for key, name in outputs.items() for word in (key, str(tmp_path / name))]
    folder = tmp_path / "certificates"
    code, out, _ = run(
        capsys, "verify", str(good), "--jobs", "1", *words, "--certificates", str(folder)
    )
    assert code == 0
    assert "3 claims" in out
    assert json.loads((tmp_path / "x.json").read_text("utf-8"))["totals"]["claims"] == 3
    assert "square-printed" in (tmp_path / "x.html").read_text("utf-8")
    assert "square-printed" in (tmp_path / "errata.md").read_text("utf-8")
    assert sorted(file.name for file in folder.iterdir()) == ["square-printed.json", "square.json"]
    # The report is there now, and its seconds order the next run.
    assert run(capsys, "verify", str(good), "--jobs", "1", *words[:2])[0] == 0


def test_recheck_reads_files_alone(
    capsys: pytest.CaptureFixture[str], good: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "certificates"
    run(capsys, "verify", str(good), "--jobs", "1", "--certificates", str(folder))
    program = (
        "import sys; from analogtheory.cli import main;"
        f"code = main(['verify', '--recheck', {str(folder)!r}]);"
        "used = {'sympy', 'scipy', 'analogtheory.prove', 'analogtheory.claims'} & set(sys.modules);"
        "assert not used, used; sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 files   0 failed" in done.stdout
    file = folder / "square.json"
    file.write_text(file.read_text("utf-8").replace("a**2", "a**3"), "utf-8")
    (folder / "text.json").write_text("{", "utf-8")
    (folder / "list.json").write_text("[]", "utf-8")
    code, out, _ = run(capsys, "verify", "--recheck", str(folder))
    assert code == 1
    assert "4 files   3 failed" in out
    assert "the two sides differ" in out
    assert run(capsys, "verify", "--recheck", str(folder / "square-printed.json"))[0] == 0


def test_list_claims(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "list", "claims")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 100
    assert "compact-form" in out
    code, out, _ = run(capsys, "list", "claims", "--json", "-")
    rows = {row["id"]: row for row in json.loads(out)}
    assert rows["compact-form"]["paper"] == "2502.06309"


def test_new_claim_runs_at_once(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(capsys, "new-claim", "penalised-root")
    assert (code, out.splitlines()[0]) == (0, "claim_penalised_root.py")
    code, out, err = run(capsys, "verify", "claim_penalised_root.py")
    assert (code, err) == (0, "")
    assert "penalised-root" in out
    assert "2 of 2 twins rejected" in out
    lint = ["ruff", "check", "--isolated", "--select", "E,F,W,I,B,UP", "--line-length", "100"]
    subprocess.run([sys.executable, "-m", *lint, "claim_penalised_root.py"], check=True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["verify", "compact-from"], ["compact-from", "did you mean"]),
        (["verify", "no_such_file.py"], ["no_such_file.py", "no such Python file"]),
        (["verify", "."], ["is a folder"]),
        (["verify", "--paper", "1234.56789"], ["1234.56789", "2502.06309"]),
        (["verify", "--form", "misprinted"], ["--form", "printed"]),
        (["verify", "--jobs", "0", "compact-form"], ["jobs", "≥ 1"]),
        (["verify", "--jobs", "two"], ["--jobs", "two"]),
        (["verify", "--seed", "-1"], ["seed", "≥ 0"]),
        (["verify", "--json", "no/such/x.json"], ["--json", "no/such"]),
        (["verify", "--html", "."], ["--html", "folder"]),
        (["verify", "--errata", "no/such/x.md"], ["--errata", "no/such"]),
        (["verify", "--certificates", __file__], ["--certificates", "is a file"]),
        (["verify", "--recheck", "no/such"], ["--recheck", "no/such"]),
        (["verify", "--recheck", ".", "--json", "-"], ["--recheck"]),
        (["new-claim", "Not a name"], ["Not a name", "lower-case"]),
        (["new-claim", "../up"], ["../up", "lower-case"]),
        (["new-claim", "fine", "--folder", "no/such"], ["no/such"]),
    ],
    ids=" ".join,
)
def test_bad_input_is_one_clear_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: list[str]
) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("analogtheory: ")
    assert err.count("\n") == 1
    for word in words:
        assert word in err


def test_new_claim_overwrites_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "claim_mine.py").write_text("x = 1\n")
    code, _, err = run(capsys, "new-claim", "mine", "--folder", str(tmp_path))
    assert code == 2
    assert "is there already" in err
    assert (tmp_path / "claim_mine.py").read_text() == "x = 1\n"


# ------------------------------------------------------------------------- as a process

SLOW = """

@a_claim("slow")
def slow(run, two=2):
    import os, pathlib, time
    (pathlib.Path(__file__).parent / f"running-{os.getpid()}").touch()
    time.sleep(60)


@a_claim("slow-too")
def slow_too(run, two=2):
    return slow.evidence(run, two)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_no_process_behind(good: Path, signum: signal.Signals) -> None:
    good.write_text(good.read_text("utf-8") + SLOW, "utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "analogtheory", "verify", str(good), "slow*", "--jobs", "2"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    marks: list[Path] = []
    deadline = time.monotonic() + 60
    while len(marks) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
        marks = list(good.parent.glob("running-*"))
    os.killpg(process.pid, signum) if signum == signal.SIGINT else process.send_signal(signum)
    _, err = process.communicate(timeout=20)
    if signum == signal.SIGINT:
        assert (process.returncode, err) == (130, "analogtheory: interrupted\n")
    assert len(marks) == 2
    workers = [int(mark.name.removeprefix("running-")) for mark in marks]
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, workers))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")  # a zombie has ended
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def test_progress_is_for_terminals() -> None:
    import io

    from analogtheory import cli_ledger
    from analogtheory.claims import Run
    from analogtheory.claims.collect import load_file
    from analogtheory.claims.runner import run_ledger
    from analogtheory.proofs import compact_form

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert load_file(Path(str(compact_form.__file__))) is compact_form
    claims = [compact_form.compact_form, compact_form.saturation_product]
    for stream, shown in ((Terminal(), True), (io.StringIO(), False)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stderr", stream)
            with cli_ledger._progress(2) as watch:
                run_ledger(claims, Run(), jobs=1, watch=watch)
        assert ("2/2 claims" in stream.getvalue()) == shown
        assert ("waiting for saturation-product" in stream.getvalue()) == shown
