"""The command line as a user meets it: exit codes, one-line errors, JSON, pictures."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from analogtheory import check, verdicts
from analogtheory.cli import main
from analogtheory.verdicts import CheckReport

FAST = ["--noise", "rademacher:0.5", "--minimiser", "0.3"]
FORMULAS = ["check", "--up", "1 - w/2", "--down", "1 + w/2", "--range", "-2", "2"]


@pytest.fixture(autouse=True)
def _small(request: pytest.FixtureRequest) -> None:
    """Words, numbers of the theory and exit codes need no long simulations; one test has them."""
    if request.node.name != "test_check_prints_one_screen":
        request.getfixturevalue("small_simulations")


@pytest.fixture(scope="module")
def report() -> CheckReport:
    return check("linear", noise="rademacher:0.5", minimiser=0.3)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        code = main(arguments)
    except SystemExit as stop:  # argparse
        code = int(stop.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Exit code 2, nothing on standard output, exactly one line on standard error."""
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert err.startswith("analogtheory: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


# ---------------------------------------------------------------------------- good input


def test_check_prints_one_screen(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "check", "linear", *FAST)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert len(lines) <= 45
    assert max(map(len, lines)) <= 100
    for word in ("response", "hypotheses", "Analog SGD", "Residual L.", "claims", "argmin f_Σ"):
        assert word in out


def test_formulas_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        capsys, *FORMULAS, "--curvature", "1", "--minimiser", "0.9", "--noise", "gaussian:0.5",
        "--json", "-",
    )  # fmt: skip
    assert code == 0
    data = json.loads(out)  # and nothing else on standard output
    assert data["response"]["up"] == "1 - w/2"
    assert data["response"]["range"] == [-2.0, 2.0]
    # T(w) = 0 with R = w/2, written again: g + m(g)·w/2 = 0
    from analogtheory.noise import Gaussian

    w = data["analog_sgd"]["mean_field_root"]
    g = w - 0.9
    assert g + float(Gaussian(0.5).mean_abs_at(g)) * w / 2 == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--range", "-2e-1", "2e-1", "--up", "-w + 1", "--down", "1 + w", "--minimiser", "-0.1"],
        ["--range", "-.5", "+.5", "--up=-w + 1", "--down=1 + w", "--objective", "-w + w**2*2"],
    ],
)
def test_values_may_begin_with_a_minus_sign(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    code, out, err = run(capsys, "check", *arguments, "--noise", "rademacher:0.1", "--json", "-")
    assert (code, err) == (0, "")
    assert json.loads(out)["response"]["up"] == "1 - w"


def test_parameters_of_formulas_and_of_the_catalog(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        capsys, "check", "--up", "1 - w/t", "--down", "1 + w/t", "--range", "-1", "1",
        "--set", "t=2", *FAST, "--json", "-",
    )  # fmt: skip
    assert code == 0
    assert json.loads(out)["response"]["up"] == "1 - w/2"
    code, out, _ = run(capsys, "check", "linear", "--set", "tau=0.8", *FAST, "--json", "-")
    assert json.loads(out)["response"]["range"] == [-0.8, 0.8]


def test_a_response_in_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "my_device.py"
    file.write_text(
        "from analogtheory import Response\n"
        "RESPONSE = Response('1 - w', '1 + w', -1, 1, name='mine')\n"
    )
    code, out, _ = run(capsys, "check", f"{file}:RESPONSE", *FAST)
    assert code == 0
    assert out.startswith("response    mine")


def test_json_file_and_screen_together(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    code, out, _ = run(capsys, "check", "linear", *FAST, "--json", str(target))
    assert code == 0
    assert out.startswith("response")
    assert json.loads(target.read_text(encoding="utf-8"))["response"]["name"] == "linear"


@pytest.mark.parametrize(
    ("suffix", "magic"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")]
)
def test_plot(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    suffix: str,
    magic: bytes,
    report: CheckReport,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One report, drawn three times."""
    monkeypatch.setattr(verdicts, "check", lambda target, **options: report)
    target = tmp_path / f"picture.{suffix}"
    code, _, _ = run(capsys, "check", "linear", *FAST, "--plot", str(target))
    assert code == 0
    assert target.read_bytes().startswith(magic)


def test_device_variation(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        capsys, "check", "linear", *FAST, "--device-variation", "tau=0.1,c=0.1", "--json", "-"
    )
    cells = json.loads(out)["device_variation"]
    assert code == 0
    assert cells["cells"] == 1024
    # SP = cτ with c ~ N(0, 0.1²), τ ~ N(1, 0.1²): std 0.1·√(1 + 0.01); 6 standard errors.
    expected = 0.1 * np.sqrt(1.01)
    assert cells["symmetric_point"]["std"] == pytest.approx(expected, rel=6 / np.sqrt(2 * 1024))
    code, out, _ = run(capsys, "check", "ecram", "--device-variation", "--json", "-")
    assert code == 0
    assert json.loads(out)["device_variation"]["spreads"] == "calibrated"


def test_a_negative_response_is_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(
        capsys, "check", "--up", "1 - 2*w", "--down", "1 + w", "--range", "-1", "1",
        "--minimiser", "0.2", "--noise", "rademacher:0.3", "--json", "-",
    )  # fmt: skip
    assert (code, err) == (1, "")
    data = json.loads(out)
    assert data["facts"]["positive"] is False
    claims = {claim["id"]: claim for claim in data["claims"]}
    assert claims["response-positive"]["verdict"] == "fails"
    assert "w = " in claims["response-positive"]["witness"]
    assert claims["analog-sgd-upper-bound"]["verdict"] == "not applicable"
    assert "not positive" in claims["analog-sgd-upper-bound"]["witness"]


def test_conductances_are_read_against_a_reference(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """q₊ = (60 − G)/20, q₋ = (G − 20)/20 on [20, 60] is symmetric at 40."""
    formulas = ["--up", "(60 - w)/20", "--down", "(w - 20)/20", "--range", "20", "60"]
    code, out, _ = run(capsys, "check", *formulas, "--noise", "rademacher:10", "--json", "-")
    assert code == 0
    data = json.loads(out)
    assert data["residual_learning"]["stationary_mean"] is None
    assert "--reference" in data["residual_learning"]["stationary_mean_reason"]
    for reference in ("symmetric", "40"):
        code, out, _ = run(
            capsys, "check", *formulas, "--reference", reference, "--noise", "rademacher:10",
            "--json", "-",
        )  # fmt: skip
        data = json.loads(out)
        assert data["response"]["range"] == [-20.0, 20.0]
        assert data["facts"]["G"] == "w/20"
        assert data["residual_learning"]["tilt"] == 0.0


def test_several_wells_have_no_law_for_residual_learning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, _ = run(
        capsys, "check", "linear", "--objective", "(w**2 - 0.25)**2 + 0.05*w", "--noise",
        "gaussian:0.5", "--json", "-",
    )  # fmt: skip
    assert code == 0
    section = json.loads(out)["residual_learning"]
    assert section["stationary_mean"] is None
    assert "metastable" in section["stationary_mean_reason"]
    assert section["simulated_mean"] is None


@pytest.mark.parametrize(
    ("up", "down"), [("0", "0"), ("sqrt(abs(w))", "1"), ("-1", "-1"), ("w**2", "w**2")]
)
def test_odd_responses_are_findings_not_tracebacks(
    capsys: pytest.CaptureFixture[str], up: str, down: str
) -> None:
    code, out, err = run(
        capsys, "check", "--up", up, "--down", down, "--range", "-1", "1", "--json", "-"
    )
    assert err == ""
    assert code == 1
    assert json.loads(out)["facts"]["positive"] is False


def test_list_responses(capsys: pytest.CaptureFixture[str]) -> None:
    from analogtheory.responses import names

    code, out, _ = run(capsys, "list", "responses")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 100
    assert all(f"\n{name} " in f"\n{out}" for name in names())
    code, out, _ = run(capsys, "list", "responses", "--json", "-")
    assert [row["name"] for row in json.loads(out)] == list(names())


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--version")
    assert (code, out) == (0, "analogtheory 0.1.0\n")


# ----------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check"], ["TARGET", "--up"]),
        (["check", ""], ["empty"]),
        (["check", "linear", "--degree", "3"], ["degree", "table"]),
        (["check", "linear", "--reference", "zero"], ["--reference", "symmetric"]),
        (["check", "--up", "1", "--down", "2", "--range", "0", "1", "--reference", "symmetric"],
         ["symmetric point"]),
        (["check", "--up", "1", "--down", "1", "--range", "0", "1e400"], ["scale"]),
        (["check", "linear", "--set", "tau=1e300"], ["tau", "scale"]),
        (["check", "linear", "--curvature", "1e99"], ["rescale"]),
        (["check", "--up", "1", "--down", "1", "--range", "0", "1", "--set", "w=3"], ["'w'"]),
        (["check", "--up", "1", "--down", "1"], ["--range"]),
        (["check", "linear", "--up", "1"], ["not both"]),
        (["check", "linaer"], ["linaer", "did you mean linear"]),
        (["check", "no-such-file.csv"], ["no-such-file.csv"]),
        (["check", "no_such_file.py:X"], ["no_such_file.py"]),
        (["check", "linear", "--set", "tua=1"], ["tua", "tau"]),
        (["check", "linear", "--set", "tau"], ["--set", "NAME=NUMBER"]),
        (["check", "linear", "--set", "tau=x"], ["--set", "NAME=NUMBER"]),
        (["check", "linear", "--lr", "0"], ["lr", "positive"]),
        (["check", "linear", "--lr", "-1"], ["lr", "positive"]),
        (["check", "linear", "--lr", "nan"], ["lr", "positive"]),
        (["check", "linear", "--lr", "fast"], ["--lr", "fast"]),
        (["check", "linear", "--transfer-lr", "0"], ["transfer_lr"]),
        (["check", "linear", "--gamma", "-1"], ["gamma"]),
        (["check", "linear", "--noise", "cauchy:1"], ["cauchy", "gaussian"]),
        (["check", "linear", "--noise", "gaussian:-1"], ["gaussian", "positive"]),
        (["check", "linear", "--noise", "gaussian"], ["gaussian:0.5"]),
        (["check", "linear", "--minimiser", "2"], ["minimiser", "(-1, 1)"]),
        (["check", "linear", "--minimiser", "nan"], ["minimiser"]),
        (["check", "linear", "--curvature", "0"], ["curvature", "positive"]),
        (["check", "linear", "--objective", "w + q"], ["objective", "'q'"]),
        (["check", "linear", "--objective", "w**2", "--curvature", "1"], ["objective"]),
        (["check", "linear", "--dw-min", "-1"], ["dw_min"]),
        (["check", "linear", "--cycle-noise", "1"], ["cycle_noise", "dw_min"]),
        (["check", "linear", "--seed", "-1"], ["seed"]),
        (["check", "linear", "--device-variation"], ["device-to-device"]),
        (["check", "linear", "--device-variation", "tau"], ["--device-variation", "NAME=NUMBER"]),
        (["check", "linear", "--device-variation", "tau=-1"], ["tau", "≥ 0"]),
        (["check", "linear", "--plot", "x.docx"], ["x.docx", ".png"]),
        (["check", "linear", "--plot", "no/such/folder/x.png"], ["no/such/folder"]),
        (["check", "--up", "1", "--down", "1", "--range", "1", "1"], ["lower end", "1"]),
        (["check", "--up", "1", "--down", "1", "--range", "2", "1"], ["lower end"]),
        (["check", "--up", "1", "--down", "1", "--range", "a", "1"], ["--range"]),
        (["check", "--up", "1 - q", "--down", "1", "--range", "0", "1"], ["'q'", "up"]),
        (["check", "--up", "1 -", "--down", "1", "--range", "0", "1"], ["syntax", "up"]),
        (["check", "--up", "1", "--down", '__import__("os")', "--range", "0", "1"],
         ["__import__", "down"]),
        (["check", "--up", "1/w", "--down", "1", "--range", "-1", "1"],
         ["division by zero", "w = "]),
        (["check", "--up", "sqrt(w)", "--down", "1", "--range", "-1", "1"], ["real", "w = "]),
        (["list", "devices"], ["responses"]),
        (["frobnicate"], ["check"]),
        ([], ["COMMAND"]),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "",
)  # fmt: skip
def test_bad_input_is_one_clear_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: list[str]
) -> None:
    message = refused(capsys, *arguments)
    for word in words:
        assert word in message


def rows(count: int) -> bytes:
    return b"".join(b"%d,%d\n" % (k, count - k) for k in range(count))


TABLES = {
    "empty": (b"", "empty"),
    "binary": (bytes(range(256)) * 8, "binary"),
    "one column": (b"".join(b"%d\n" % k for k in range(100)), "column"),
    "text": (rows(50) + b"hello,3\n" + rows(50), "hello"),
    "nan": (rows(50) + b"nan,3\n" + rows(50), "line 51"),
    "ten rows": (rows(10), "30"),
}


@pytest.mark.parametrize("kind", TABLES)
def test_bad_tables_are_one_clear_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, kind: str
) -> None:
    content, word = TABLES[kind]
    file = tmp_path / "pulses.csv"
    file.write_bytes(content)
    message = refused(capsys, "check", str(file))
    assert "pulses.csv" in message
    assert word in message


def test_a_folder_is_not_a_table(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert str(tmp_path) in refused(capsys, "check", str(tmp_path))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("X = 1\n", ["RESPONSE", "defines no"]),
        ("RESPONSE = 1\n", ["int", "Response"]),
        ("\n1/0\n", ["line 2", "ZeroDivisionError"]),
        ("def broken(:\n", ["SyntaxError"]),
        ("raise RuntimeError('one\\ntwo')\n", ["RuntimeError: one two"]),
        ("import sys\nsys.exit(7)\n", ["SystemExit: 7"]),
    ],
)
def test_bad_python_files(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, source: str, words: list[str]
) -> None:
    file = tmp_path / "device.py"
    file.write_text(source)
    message = refused(capsys, "check", f"{file}:RESPONSE")
    for word in words:
        assert word in message
    assert "RESPONSE" in refused(capsys, "check", str(file))


def test_json_that_cannot_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    message = refused(capsys, "list", "responses", "--json", str(tmp_path / "no" / "x.json"))
    assert "--json" in message


# ------------------------------------------------------------------------- as a process


def test_python_dash_m_and_help_say_that_files_are_run() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "analogtheory", "check", "--help"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "RUNS THE FILE" in done.stdout
    assert "never run" in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_interrupt_ends_cleanly(tmp_path: Path) -> None:
    file = tmp_path / "slow.py"
    file.write_text("import time\nprint('running', flush=True)\ntime.sleep(60)\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "analogtheory", "check", f"{file}:X"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err == "analogtheory: interrupted\n"


def test_an_output_that_knows_no_greek_gets_question_marks() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "analogtheory", "list", "responses"],
        capture_output=True, check=True, env={**os.environ, "PYTHONIOENCODING": "cp1252"},
    )  # fmt: skip
    assert b"linear" in done.stdout
    assert done.stderr == b""


@pytest.mark.skipif(os.name != "posix", reason="pipes")
def test_a_closed_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m analogtheory list responses | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("ideal")
    assert done.stderr == ""
