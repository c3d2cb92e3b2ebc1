"""The framework of the experiments: reuse, damage, comparison, the command line."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analogtheory.cli import main
from analogtheory.errors import InputError
from analogtheory.experiments import registry, run, sources, store
from analogtheory.experiments.core import Data, Experiment, Progress, Size, rounding, sampling
from analogtheory.experiments.look import new_figure, points, title


class Counting:
    """An experiment that says how often it was computed."""

    def __init__(self, shift: float = 0.0):
        self.calls, self.shift = 0, shift

    def compute(self, size: Size, progress: Progress) -> Data:
        self.calls += 1
        progress(0.5)
        count = 3 if size == "quick" else 9
        return {"x": np.arange(count) + self.shift, "half": np.full(count, 0.1)}

    def experiment(self, **changes: Any) -> Experiment:
        def draw(data: Data) -> Any:
            figure = new_figure(2.0, "single")
            axes: Any = figure.subplots()
            points(axes, data["x"], data["x"] ** 2, data["half"], "#000000")
            title(axes, "a", "squares")
            return figure

        inputs: dict[Size, dict[str, Any]] = {"quick": {"seed": 1}, "full": {"seed": 1}}
        settings: dict[str, Any] = {
            "name": "counting",
            "title": "Counting",
            "caption": "Squares.",
            "claims": (),
            "inputs": inputs,
            "compute": self.compute,
            "draw": draw,
            "tolerances": lambda data: {"x": sampling(data["half"]), "half": rounding(1.0, 4)},
        }
        return Experiment(**{**settings, **changes})


def test_numbers_are_reused_until_something_changes(tmp_path: Path) -> None:
    counting = Counting()
    experiment = counting.experiment()
    first = run.regenerate(experiment, "quick", tmp_path)
    assert not first.reused
    assert [path.name for path in first.files] == [
        "counting.npz", "counting.json", "counting.pdf", "counting.png",
    ]  # fmt: skip
    assert {path.parent for path in first.files} == {tmp_path / "quick"}
    images = [path.read_bytes() for path in first.files[2:]]
    again = run.regenerate(experiment, "quick", tmp_path)
    assert again.reused
    assert counting.calls == 1
    assert [path.read_bytes() for path in again.files[2:]] == images  # the same bytes
    other = replace(experiment, inputs={"quick": {"seed": 2}, "full": {"seed": 2}})
    assert not run.regenerate(other, "quick", tmp_path).reused
    assert counting.calls == 2
    run.regenerate(other, "quick", tmp_path, force=True)
    assert counting.calls == 3


def test_new_versions_and_new_source_are_new_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = Counting().experiment()
    before = store.inputs_hash(experiment, "quick")
    assert store.inputs_hash(experiment, "quick") == before
    assert store.inputs_hash(experiment, "full") != before
    monkeypatch.setattr(store, "versions", lambda: {"numpy": "0"})
    changed = store.inputs_hash(experiment, "quick")
    assert changed != before
    monkeypatch.setattr(store, "source_hash", lambda name: "other")
    assert store.inputs_hash(experiment, "quick") not in (before, changed)


def test_what_an_experiment_imports_counts_and_its_picture_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "experiments/one.py": "from analogtheory.law import exact\nimport numpy",
        "experiments/one_figure.py": "",
        "experiments/other.py": "",
        "law/__init__.py": "",
        "law/exact.py": "def f():\n    import analogtheory.deep.down",
        "law/unused.py": "",
        "deep/down.py": "from analogtheory.experiments.one_figure import draw",
        "report/page.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(sources, "_ROOT", tmp_path)
    counted = {"experiments/one.py", "law/__init__.py", "law/exact.py", "deep/down.py"}
    found = sources.dependencies(tmp_path / "experiments" / "one.py")
    assert {path.relative_to(tmp_path).as_posix() for path in found} == counted
    for name in files:
        before = sources.source_hash.__wrapped__("one")
        (tmp_path / name).write_text(files[name] + "\n# changed\n")
        after = sources.source_hash.__wrapped__("one")
        assert (before != after) == (name in counted), name


def test_dependencies_of_a_real_experiment() -> None:
    root = Path(sources.__file__).parent
    found = {p.relative_to(root.parent).as_posix() for p in sources.dependencies(
        root / "zero_shift.py")}  # fmt: skip
    assert {
        "experiments/zero_shift.py", "experiments/zero_shift_theory.py", "experiments/core.py",
        "simulation/reference.py", "philox.py", "dynamics.py",
    } <= found  # fmt: skip
    assert not {"experiments/hamiltonian.py", "experiments/run.py", "cli.py"} & found


def test_the_record_says_where_numbers_come_from(tmp_path: Path) -> None:
    experiment = Counting().experiment()
    run.regenerate(experiment, "full", tmp_path)
    record = json.loads((tmp_path / "counting.json").read_text(encoding="utf-8"))
    assert record["size"] == "full"
    assert record["seed"] == 1
    assert record["arrays"] == {"half": [9], "x": [9]}
    assert record["data_sha256"] == store.data_hash(store.read("counting", tmp_path).data)
    assert {"python", "numpy", "analogtheory"} <= record["versions"].keys()


def test_new_words_for_numbers_that_are_used_again(tmp_path: Path) -> None:
    counting = Counting()
    experiment = counting.experiment()
    run.regenerate(experiment, "full", tmp_path)
    other = replace(experiment, title="Squares", caption="Numbers, squared.")
    assert run.regenerate(other, "full", tmp_path).reused
    assert counting.calls == 1
    before = json.loads((tmp_path / "counting.json").read_text(encoding="utf-8"))
    assert (before["title"], before["caption"]) == ("Squares", "Numbers, squared.")
    run.regenerate(other, "full", tmp_path, force=True)
    after = json.loads((tmp_path / "counting.json").read_text(encoding="utf-8"))
    assert before | {"seconds": 0} == after | {"seconds": 0}


@pytest.mark.parametrize("kept", [0, 10, 200])
def test_a_file_cut_short_is_an_input_error_and_is_computed_again(
    tmp_path: Path, kept: int
) -> None:
    counting = Counting()
    experiment = counting.experiment()
    run.regenerate(experiment, "quick", tmp_path)
    path = tmp_path / "quick" / "counting.npz"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match=r"counting\.npz: was cut short or changed"):
        run.check(experiment, tmp_path)
    outcome = run.regenerate(experiment, "quick", tmp_path)
    assert "cut short" in outcome.note
    assert counting.calls == 2
    assert run.check(experiment, tmp_path) == []


def test_changed_numbers_and_damaged_records_are_noticed(tmp_path: Path) -> None:
    experiment = Counting().experiment()
    run.regenerate(experiment, "quick", tmp_path)
    folder = tmp_path / "quick"
    np.savez(folder / "counting.npz", x=np.arange(3.0) + 1e-15, half=np.full(3, 0.1))
    with pytest.raises(InputError, match="cut short or changed"):
        store.read("counting", folder)
    (folder / "counting.json").write_text("{")
    with pytest.raises(InputError, match=r"counting\.json: was cut short"):
        store.read("counting", folder)
    (folder / "counting.json").unlink()
    with pytest.raises(InputError, match="is not there"):
        store.read("counting", folder)


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "numbers"
    path.write_bytes(b"old")

    def fails(file: Any) -> None:
        file.write(b"half of the new")
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match="No space left on device"):
        store.replace(path, fails)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["numbers"]


def test_a_folder_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    counting = Counting()
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"--out .*cannot be written to"):
        run.regenerate(counting.experiment(), "quick", tmp_path / "file")
    assert counting.calls == 0


def test_every_kind_of_difference_is_reported() -> None:
    experiment = Counting().experiment()
    stored = {"x": np.arange(3.0), "half": np.full(3, 0.1)}
    assert run.differences(experiment, stored, dict(stored)) == []
    inside = {**stored, "x": stored["x"] + 0.19}
    assert run.differences(experiment, stored, inside) == []
    [line] = run.differences(experiment, stored, {**stored, "x": stored["x"] + [0, 0.21, 0.3]})
    assert line.startswith("x: 2 of 3 differ; at [2] 2.3, stored 2, tolerance 0.2")
    [line] = run.differences(experiment, stored, {**stored, "x": np.array([0, 1, np.nan])})
    assert "1 of 3 differ; at [2] nan" in line
    [line] = run.differences(experiment, stored, {**stored, "x": np.arange(4.0)})
    assert "shape (4,), stored (3,)" in line
    assert run.differences(experiment, stored, {**stored, "y": stored["x"]}) == ["y: not stored"]
    gone = run.differences(experiment, stored, {"x": stored["x"]})
    assert gone == ["half: not computed any more"]
    nothing = replace(experiment, tolerances=lambda data: {"x": 1.0})
    assert run.differences(nothing, stored, stored) == ["half: has no tolerance"]
    both = {**stored, "x": np.array([np.nan, 1.0, np.inf])}
    assert run.differences(experiment, both, both) == []
    from_width = {"x": np.arange(3.0), "half": np.array([np.nan, 0.1, 0.1])}
    [line] = run.differences(experiment, from_width, {**from_width, "x": np.full(3, 1.0)})
    assert line == "x: 2 of 3 differ; at [0] 1, stored 0, tolerance nan"
    same = replace(experiment, tolerances=lambda data: {"x": np.nan, "half": 0.0})
    assert run.differences(same, both, both) == [
        "x: 2 of 3 differ; at [1] 1, stored 1, tolerance nan"
    ]


def test_the_tolerance_of_sampled_numbers_covers_two_seeds() -> None:
    """Of 4000 pairs of means about one differs by more than the tolerance."""
    from analogtheory.experiments.core import interval

    values = np.random.Generator(np.random.Philox(3)).standard_normal((8000, 64))
    mean, half = interval(values, axis=1)
    beyond = np.abs(mean[:4000] - mean[4000:]) > sampling(half[:4000])
    assert beyond.mean() < 5 / 4000
    assert sampling(half).mean() == pytest.approx(2 * 2.656 / 8, rel=0.02)  # t(63) at 99.5 %


# ------------------------------------------------------------------ the command


@pytest.fixture
def only_counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    counting = Counting()
    monkeypatch.setattr(registry, "select", lambda names: [counting.experiment()])
    return counting


def test_check_passes_then_fails(
    tmp_path: Path, only_counting: Counting, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(tmp_path)]
    assert main(["figures", "--quick", *out]) == 0
    assert "counting: computed in" in capsys.readouterr().out
    assert main(["figures", "--quick", *out]) == 0
    assert "counting: stored numbers" in capsys.readouterr().out
    assert main(["figures", "--check", *out]) == 0
    assert "✓ counting" in capsys.readouterr().out
    only_counting.shift = 0.5
    assert main(["figures", "--check", *out]) == 1
    printed = capsys.readouterr().out
    assert "x: 3 of 3 differ" in printed
    assert printed.endswith("differs: counting\n")


def test_bad_input_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["figures", "zero-shfit"]) == 2
    assert "did you mean zero_shift?" in capsys.readouterr().err
    assert main(["figures", "zzz"]) == 2
    assert f"no such experiment; there are {registry.names()[0]} " in capsys.readouterr().err
    assert main(["figures", "runtime_model", "--check", "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "is not there" in said
    assert "--quick` writes it" in said
    assert main(["figures", "--check", "--full"]) == 2
    assert "compares quick sizes" in capsys.readouterr().err


def test_list_has_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["figures", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == registry.names()
    assert {"implicit_cost", "hamiltonian", "tightness"} <= set(registry.names())


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_is_shown_on_a_terminal_only(
    tmp_path: Path, only_counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stream, shown in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr("sys.stderr", stream)
        main(["figures", "--force", "--out", str(tmp_path)])
        assert (" 50% 0/1 parts, counting" in stream.getvalue()) is shown
        assert stream.getvalue().endswith("\r\033[K") is shown
