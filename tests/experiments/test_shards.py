"""Shares of the parts for batch systems, and options of the command."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from analogtheory.cli import main
from analogtheory.experiments import run, shard

from .conftest import SINGLE, SWEEPING, Toys, keys_in, numbers


def test_shards_share_everything_and_merge_by_copying(
    toys: Toys, serial: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = []
    for index in (1, 2, 3):
        out = tmp_path / f"shard{index}"
        command = ["figures", SINGLE, SWEEPING, "--out", str(out), "--jobs", "1"]
        assert main([*command, "--shard", f"{index}/3"]) == 0
        assert "sweeping: 8 parts are left to other shards\n" in capsys.readouterr().out
        begun.append(toys.begun())
        assert (out / "single.npz").exists() == (index == 1)
        assert not (out / "sweeping.npz").exists()
        toys.forget()
    assert begun == [[2, 5, 8, 11], [0, 3, 6, 9], [1, 4, 7, 10]]
    for index in (1, 2, 3):
        shutil.copytree(tmp_path / f"shard{index}", tmp_path / "all", dirs_exist_ok=True)
    assert main(["figures", SINGLE, SWEEPING, "--out", str(tmp_path / "all")]) == 0
    assert toys.begun() == []
    assert numbers(tmp_path / "all") == serial
    assert not (tmp_path / "all" / "parts").exists()


def test_shards_with_one_folder_join_with_the_last(
    toys: Toys, serial: bytes, tmp_path: Path
) -> None:
    for index in (2, 1):
        [outcome] = run.figures(SWEEPING, out=tmp_path, jobs=1, shard=(index, 2))
        assert outcome.missing == (6 if index == 2 else 0)
    assert numbers(tmp_path) == serial
    assert len(keys_in(tmp_path)) == 12  # kept: another shard may be reading them
    run.figures(SWEEPING, out=tmp_path)
    assert not keys_in(tmp_path)


@pytest.mark.parametrize("counts", [[1] * 7, [12, 1, 5], [3], []])
@pytest.mark.parametrize("of", [1, 2, 5, 40])
def test_each_part_belongs_to_one_shard(counts: list[int], of: int) -> None:
    whole = {(k, number) for k, count in enumerate(counts) for number in range(count)}
    shares = [
        {(k, number) for k, mine in enumerate(shard.shares(counts, (i, of))) for number in mine}
        for i in range(1, of + 1)
    ]
    assert set().union(*shares) == whole
    assert sum(map(len, shares)) == len(whole)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.parametrize("text", ["0/3", "4/3", "a/b", "1", "", "1/0", "-1/3", "1/2/3", "1.0/2"])
def test_shards_that_are_none(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["figures", f"--shard={text}"]) == 2
    said = capsys.readouterr().err
    assert f"--shard {text}: write i/n with 1 ≤ i ≤ n, for example 1/8" in said


def test_options_that_do_not_go_together(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["figures", "--check", "--shard", "1/2"]) == 2
    assert "compares quick sizes" in capsys.readouterr().err
    assert main(["figures", "--jobs", "2", "--scheduler", "h:1"]) == 2
    assert "--scheduler has its own workers" in capsys.readouterr().err
    assert main(["figures", "runtime_model", "--jobs", "0"]) == 2
    assert "jobs 0: give a whole number ≥ 1" in capsys.readouterr().err


def test_check_in_processes(toys: Toys, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["--out", str(tmp_path), "--jobs", "2"]
    assert main(["figures", SWEEPING, SINGLE, "--quick", *out]) == 0
    capsys.readouterr()
    assert main(["figures", SWEEPING, SINGLE, "--check", *out]) == 0
    said = capsys.readouterr().out
    assert "✓ sweeping" in said
    assert "✓ single" in said
    toys.act(_4="bug")
    assert main(["figures", SWEEPING, SINGLE, "--check", *out]) == 2
    said = capsys.readouterr()
    assert "✓ single" in said.out
    assert "ZeroDivisionError: a bug" in said.err
    assert not (tmp_path / "quick" / "parts").exists()
