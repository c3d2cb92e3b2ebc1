"""The command line. Imports are lazy: ``--help`` must answer at once."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from analogtheory import __version__, cli_figures, cli_ledger
from analogtheory.cli_common import (
    EXIT_FAILS,
    EXIT_HOLDS,
    EXIT_INPUT,
    EXIT_INTERRUPTED,
    write_json,
)
from analogtheory.errors import InputError

_CHECK_EPILOG = """\
TARGET is one of
  NAME             a response of the catalog (analogtheory list responses)
  FILE.csv         conductances after consecutive up pulses, and after the down pulses that follow
  FILE.py:NAME     a Response in a Python file; THIS RUNS THE FILE
or leave it out and give --up, --down and --range.

Formulas use w, numbers, + - * / ** and exp log sqrt tanh cosh sinh abs min max; they are parsed,
never run. Noise laws: gaussian:SIGMA rademacher:SIGMA uniform:SIGMA two-point:SIGMA:P none.

In the output: w* minimiser; w⋄ symmetric point; Σ = E|ε|; f_Σ = f + Σ·R_c the penalised objective
(2502.06309 Theorem 1) and W̃* its second-order guess (eq. (43)); mean-field root: where the expected
update vanishes; F, G = (q₋ ± q₊)/2; R = G/F, R_c its integral; M = q₊q₋; P, W residual and main
array of Residual Learning, W̄ = W + γP, P* = (w* − W)/γ; tilt: ∇f where P rests at a shifted
symmetric point. The exact law is the stationary law of the iteration, with its numerical error.

Exit code 0: every applicable claim holds; 1: at least one fails; 2: the input cannot be used.
"""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_INPUT, f"analogtheory: {message} (see {self.prog} --help)\n")


def build_parser() -> argparse.ArgumentParser:
    """The argument parser of the whole command line."""
    parser = _Parser(
        prog="analogtheory",
        description="Hold convergence claims of analog in-memory training against the mathematics.",
    )
    parser.add_argument("--version", action="version", version=f"analogtheory {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_check(commands)
    _add_list(commands)
    cli_ledger.add_commands(commands)
    cli_figures.add_commands(commands)
    return parser


def _add_check(commands: Any) -> None:
    check = commands.add_parser(
        "check",
        help="a response function against every claim that speaks of it",
        description="What a response function does to training: where Analog SGD and Residual "
        "Learning stop, how large the error is, which theorems apply.",
        epilog=_CHECK_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    check.add_argument("target", nargs="?", metavar="TARGET", help="name, CSV or FILE.py:NAME")
    device = check.add_argument_group("device")
    device.add_argument("--up", metavar="EXPR", help="q₊(w), in units of dw_min")
    device.add_argument("--down", metavar="EXPR", help="q₋(w), in units of dw_min")
    device.add_argument("--range", nargs=2, metavar=("LO", "HI"), help="range of weights")
    device.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="set a parameter"
    )
    device.add_argument(
        "--degree", type=int, metavar="N", help="CSV: fit a Bernstein basis of this degree"
    )
    device.add_argument(
        "--reference",
        metavar="X",
        help="subtract X from the weight, or its symmetric point (X = symmetric): zero-shifting",
    )
    device.add_argument("--dw-min", type=float, metavar="X", help="weight change of one pulse")
    device.add_argument(
        "--cycle-noise", type=float, metavar="X", help="cycle-to-cycle std, in units of dw_min"
    )
    device.add_argument(
        "--device-variation",
        nargs="?",
        const="calibrated",
        metavar="NAME=SPREAD,…",
        help="draw parameters per cell of a matrix (no value: the device's measured spreads)",
    )
    problem = check.add_argument_group("problem")
    problem.add_argument("--curvature", type=float, metavar="H", help="of the quadratic (1)")
    problem.add_argument("--minimiser", type=float, metavar="W", help="w* (65 %% up the range)")
    problem.add_argument("--objective", metavar="EXPR", help="f(w), instead of a quadratic")
    problem.add_argument("--noise", metavar="LAW", help="gradient noise (gaussian, σ = range/4)")
    training = check.add_argument_group("training")
    training.add_argument("--lr", type=float, default=0.05, metavar="A", help="α (%(default)s)")
    training.add_argument("--transfer-lr", type=float, metavar="B", help="β (α/10)")
    training.add_argument(
        "--gamma", type=float, default=0.4, metavar="G", help="γ, 0 is Tiki-Taka (%(default)s)"
    )
    training.add_argument("--seed", type=int, default=1, metavar="N", help="(%(default)s)")
    output = check.add_argument_group("output")
    output.add_argument("--json", metavar="FILE", help="write the report as JSON (- : stdout)")
    output.add_argument("--plot", metavar="FILE", help="draw it (.png, .pdf or .svg)")
    check.set_defaults(run=_run_check)


def _add_list(commands: Any) -> None:
    listing = commands.add_parser("list", help="what there is", description="List what there is.")
    listing.add_argument(
        "what", choices=("responses", "claims"), help="the catalog of responses, or the ledger"
    )
    listing.add_argument("--json", metavar="FILE", help="write the list as JSON (- : stdout)")
    listing.set_defaults(run=_run_list)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # q₊ becomes q? where ₊ cannot be written
    arguments = _shield_negative_values(list(sys.argv[1:] if argv is None else argv))
    try:
        options = build_parser().parse_args(arguments)
        return int(options.run(options))
    except InputError as problem:
        print(f"analogtheory: {problem}", file=sys.stderr)
        return EXIT_INPUT
    except KeyboardInterrupt:
        print("analogtheory: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader went away (a pager was closed): not our error, and nothing to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_HOLDS


def _shield_negative_values(arguments: list[str]) -> list[str]:
    """Let values begin with a minus sign: ``--range -2e-1 1``, ``--up "-w/2 + 1"``.

    argparse takes a word that begins with ``-`` for an option. A leading space, which every
    reader of these values ignores, keeps it from doing so.
    """
    takes = {"--up": 1, "--down": 1, "--objective": 1, "--range": 2}
    takes |= dict.fromkeys(("--minimiser", "--curvature", "--lr", "--gamma", "--noise"), 1)
    takes |= dict.fromkeys(
        ("--reference", "--transfer-lr", "--dw-min", "--cycle-noise", "--seed"), 1
    )
    shielded, pending = [], 0
    for word in arguments:
        is_value = pending > 0 and not word.startswith("--")
        shielded.append(f" {word}" if is_value and word.startswith("-") else word)
        pending = pending - 1 if is_value else takes.get(word, 0)
    return shielded


# -------------------------------------------------------------------------------- commands


def _run_check(options: argparse.Namespace) -> int:
    target = _target(options)
    if options.plot is not None:
        _check_plot_path(options.plot)
    from analogtheory.verdicts import check

    report = check(
        target,
        parameters=_assignments(options.set, "--set") if isinstance(target, str) else None,
        degree=options.degree,
        reference=_reference(options.reference),
        objective=options.objective,
        curvature=options.curvature,
        minimiser=options.minimiser,
        noise=options.noise.strip() if options.noise else options.noise,
        lr=options.lr,
        gamma=options.gamma,
        transfer_lr=options.transfer_lr,
        dw_min=options.dw_min,
        cycle_noise=options.cycle_noise,
        device_variation=_variation(options.device_variation),
        seed=options.seed,
    )
    if options.json is not None:
        write_json(report.data, options.json)
    if options.json != "-":
        print(report)
    if options.plot is not None:
        from analogtheory.report.plot import draw

        draw(report, options.plot)
    return EXIT_HOLDS if report.all_hold else EXIT_FAILS


def _target(options: argparse.Namespace) -> Any:
    formulas = (options.up, options.down, options.range)
    if options.target is not None:
        if any(part is not None for part in formulas):
            raise InputError("check: give a TARGET, or --up, --down and --range, not both")
        return options.target
    if any(part is None for part in formulas):
        raise InputError("check: give a TARGET, or all of --up EXPR --down EXPR --range LO HI")
    from analogtheory.exact import exact
    from analogtheory.responses import Response

    ends = []
    for end in options.range:
        try:
            ends.append(exact(end.strip()))
        except InputError as problem:
            raise InputError(f"--range: {problem}; write for example --range -1 1") from problem
    parameters = _assignments(options.set, "--set")
    return Response(
        options.up.strip(),
        options.down.strip(),
        *ends,
        name="given",
        source="formulas on the command line",
        parameters=parameters,
    )


def _assignments(texts: Sequence[str], option: str) -> dict[str, float]:
    values: dict[str, float] = {}
    for text in texts:
        name, separator, number = text.partition("=")
        try:
            value = float(number)
        except ValueError:
            separator = ""
        if not separator or not name.isidentifier():
            raise InputError(f"{option} {text!r}: write NAME=NUMBER, for example tau=0.8")
        values[name] = value
    return values


def _reference(text: str | None) -> float | str | None:
    if text is None or text.strip() == "symmetric":
        return None if text is None else "symmetric"
    try:
        return float(text)
    except ValueError:
        raise InputError(f"--reference {text!r}: give a number, or the word symmetric") from None


def _variation(text: str | None) -> dict[str, float] | str | None:
    if text is None or text == "calibrated":
        return text
    return _assignments(text.split(","), "--device-variation")


def _check_plot_path(path: str) -> None:
    if os.path.splitext(path)[1].lower() not in (".png", ".pdf", ".svg"):
        raise InputError(f"--plot {path}: the name must end in .png, .pdf or .svg")
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise InputError(f"--plot {path}: there is no folder {folder}")


def _run_list(options: argparse.Namespace) -> int:
    if options.what == "claims":
        return cli_ledger.run_list(options.json)
    from analogtheory.report.listing import listing_data, render_listing

    if options.json is not None:
        write_json(listing_data(), options.json)
    if options.json != "-":
        print(render_listing())
    return EXIT_HOLDS
