"""A report as one screen of text."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analogtheory.responses.response import Response
    from analogtheory.verdicts import CheckReport

WIDTH = 100
_LABEL = 12
_MARKS = {"holds": "✓", "fails": "✗", "not applicable": "–", "undecided": "?"}


def render(report: CheckReport) -> str:
    """The report as text, at most 100 columns wide."""
    data = report.data
    blocks = [
        _response(report.problem.response, data["response"], data["facts"]),
        _measured(data["measured"]),
        _problem(report.problem.objective.expr, data["problem"]),
        _hypotheses(data["hypotheses"]),
        _analog(data["analog_sgd"], data["problem"]),
        _residual(data["residual_learning"]),
        _variation(data["device_variation"]),
        _claims(data["claims"]),
    ]
    return "\n".join(line for block in blocks for line in block)


def _block(label: str, lines: list[str]) -> list[str]:
    """Lines with a label in the margin, wrapped to the width."""
    wrapped: list[str] = []
    for line in lines:
        wrapped += textwrap.wrap(line, WIDTH - _LABEL, subsequent_indent="  ") or [""]
    return [f"{label if index == 0 else '':<{_LABEL}}{line}" for index, line in enumerate(wrapped)]


def _number(value: float | None, digits: int = 5) -> str:
    if value is None:
        return "none"
    return f"{value + 0.0:.{digits}g}"


def _formula(expression: Any, longest: int = 60) -> str:
    """A formula as a person writes it; long fractions become decimals."""
    if expression is None:
        return "no closed form"
    import sympy

    def decimal(number: Any) -> Any:
        return sympy.Float(number, 5) if number.q > 10_000 or abs(number.p) > 10_000 else number

    shown = str(expression.replace(lambda e: e.is_Rational, decimal))
    shown = shown.replace("**2", "²").replace("**3", "³").replace("**", "^").replace("*", "·")
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def _estimate(value: dict[str, float] | None) -> str:
    if value is None:
        return "none"
    return f"{_number(value['value'], 6)} ± {value['error']:.0e}"


def _interval(value: dict[str, Any] | None) -> str:
    if value is None:
        return "none"
    return f"{_number(value['mean'], 6)} ± {0.5 * (value['high'] - value['low']):.1e}"


def _response(device: Response, response: dict[str, Any], facts: dict[str, Any]) -> list[str]:
    low, high = (_number(end) for end in response["range"])
    settings = ", ".join(f"{k} = {_number(v)}" for k, v in response["parameters"].items())
    up, down = _formula(device.up, 70), _formula(device.down, 70)
    pair = f"q₊ = {up}   q₋ = {down}"
    formulas = [pair] if len(pair) <= WIDTH - _LABEL else [f"q₊ = {up}", f"q₋ = {down}"]
    head = f"{response['name']} on [{low}, {high}]" + (f"   ({settings})" if settings else "")
    closed = None if facts["R_c"] is None else device.R_c.expr
    parts = {"F": device.F.expr, "G": device.G.expr, "M": device.M.expr, "R_c": closed}
    derived = "   ".join(f"{key} = {_formula(part, 40)}" for key, part in parts.items())
    if "…" in derived:
        derived += "   (… : in full with --json -)"
    positive = "q± > 0 inside" if facts["positive"] else "q± NOT POSITIVE inside"
    limits = (
        f"{positive}   q_min {_number(facts['q_min']['value'])}   "
        f"q_max {_number(facts['q_max']['value'])}   F_max {_number(facts['F_max']['value'])}   "
        f"Lipschitz F {_number(facts['lipschitz_F']['value'], 4)}, "
        f"G {_number(facts['lipschitz_G']['value'], 4)}"
    )
    return _block(
        "response",
        [head, *formulas, f"source: {response['source']}", derived, limits, _points(facts)],
    )


def _points(facts: dict[str, Any]) -> str:
    points = facts["symmetric_points"]
    if not points:
        return "symmetric points: none in the range"
    if points[0]["kind"] == "everywhere":
        return "symmetric points: every w (identically symmetric device)"
    shown = [
        f"{_number(p['value'] if abs(p['value']) > 1e-12 else 0.0, 7)} "
        f"(± {0.5 * (p['high'] - p['low']):.0e}, {_kind(p)})"
        for p in points
    ]
    return "symmetric points: " + ", ".join(shown)


def _kind(point: dict[str, Any]) -> str:
    if point["kind"] == "simple":
        return f"certified, {'attracting' if point['attracting'] else 'repelling'}"
    return "double or unresolved" if point["kind"] == "multiple" else str(point["kind"])


def _measured(fit: dict[str, Any] | None) -> list[str]:
    if fit is None:
        return []
    point = fit["symmetric_point"]
    where = (
        "none"
        if point is None
        else (f"{_number(point['value'])} in [{_number(point['low'])}, {_number(point['high'])}]")
    )
    low, high = fit["cycle_noise_interval"]
    ranking = fit["ranking"]
    best = ranking[0]["bic"]
    others = ", ".join(f"{r['family']} +{r['bic'] - best:.1f}" for r in ranking[1:4])
    lines = [
        f"fitted family {fit['family']} (BIC to the others: {others})",
        f"dw_min {_number(fit['dw_min'], 4)}   cycle noise {_number(fit['cycle_noise'], 3)} dw_min "
        f"[{_number(low, 3)}, {_number(high, 3)}]   read noise {_number(fit['read_noise'], 3)}   "
        f"symmetric point {where} (95 %)",
        *fit["notes"],
    ]
    return _block("measured", lines)


def _problem(objective: Any, problem: dict[str, Any]) -> list[str]:
    pulses = ""
    if problem["dw_min"] is not None:
        pulses = (
            f"   dw_min {_number(problem['dw_min'])}, cycle noise {_number(problem['cycle_noise'])}"
        )
    return _block(
        "problem",
        [
            f"f = {_formula(objective)}   w* {_number(problem['minimiser'], 6)}   "
            f"noise {problem['noise']}   α {_number(problem['lr'])}   "
            f"β {_number(problem['transfer_lr'])}   γ {_number(problem['gamma'])}{pulses}"
        ],
    )


def _hypotheses(rows: list[dict[str, Any]]) -> list[str]:
    met = "   ".join(f"✓ {row['id']}" for row in rows if row["holds"])
    missed = [f"✗ {row['id']}: {row['detail']}" for row in rows if not row["holds"]]
    return _block("hypotheses", ([met] if met else []) + missed)


def _analog(section: dict[str, Any], problem: dict[str, Any]) -> list[str]:
    goal = f"the minimiser is w* = {_number(problem['minimiser'])}"
    if section["stationary_mean"] is None:
        lines = [f"no exact law: {section['stationary_mean_reason']}; {goal}"]
    else:
        lines = [f"stops at {_estimate(section['stationary_mean'])} (exact law); {goal}"]
    lines += [
        f"argmin f_Σ {_number(section['penalised_minimiser'], 6)}   mean-field root "
        f"{_number(section['mean_field_root'], 6)}   simulated "
        f"{_interval(section['simulated_mean'])}",
        _error_line("error E f′²", "gradient_second_moment", "upper_bound", "tightness", section),
        _error_line(
            "weighted E M·f′²",
            "weighted_second_moment",
            "weighted_bound",
            "weighted_tightness",
            section,
        ),
    ]
    pulsed = section["pulsed"]
    if pulsed is not None:
        sampled = pulsed["simulated_mean"]
        shown = _interval(sampled) if sampled else f"no ({pulsed['simulated_mean_reason']})"
        lines.append(
            f"with pulses: exact {_estimate(pulsed['stationary_mean'])}   simulated {shown}"
        )
    return _block("Analog SGD", lines)


def _error_line(label: str, exact: str, bound: str, tightness: str, section: dict[str, Any]) -> str:
    if section[exact] is None:
        return f"{label}: none ({section[exact + '_reason']})"
    head = f"{label} = {_number(section[exact]['value'])}"
    if section[bound] is None:
        return f"{head}   no bound: {section[bound + '_reason']}"
    ratio = section[tightness]
    loose = "" if ratio is None else f" ({_number(ratio, 3)} times the exact value)"
    return f"{head}   bound {_number(section[bound])}{loose}"


def _residual(section: dict[str, Any]) -> list[str]:
    if section["stationary_mean"] is None and section["mean_field_root"] is None:
        return _block("Residual L.", [f"none: {section['stationary_mean_reason']}"])
    moment = section["gradient_second_moment"]
    prediction = section["sqrt_alpha_bias"]
    bias = "" if prediction is None else f"   √α bias predicted {_number(prediction, 3)}"
    root = f"mean-field root {_number(section['mean_field_root'], 6)}"
    if section["stationary_mean"] is None:
        return _block("Residual L.", [f"no exact law: {section['stationary_mean_reason']}", root])
    lines = [
        f"W̄ stops at {_estimate(section['stationary_mean'])} (exact law)   {root}   simulated "
        f"{_interval(section['simulated_mean'])}",
        f"error E f′² = {_number(None if moment is None else moment['value'])}   tilt ∇f = "
        f"{_number(section['tilt'], 4)}{bias}",
    ]
    lines.append(
        _error_line(
            "weighted E M(P)·f′²",
            "weighted_second_moment",
            "weighted_bound",
            "weighted_tightness",
            section,
        )
    )
    return _block("Residual L.", lines)


def _variation(section: dict[str, Any] | None) -> list[str]:
    if section is None:
        return []
    rows = (
        ("symmetric point", "symmetric_point"),
        ("mean-field root", "mean_field_root"),
        ("f′² at that root", "gradient_squared"),
        ("Residual L. tilt", "residual_learning_tilt"),
    )
    lines = [
        f"{section['cells']} cells; {section['without_symmetric_point']} without symmetric point, "
        f"{section['pinned_at_a_bound']} pinned at a bound"
    ]
    for label, key in rows:
        s = section[key]
        lines.append(
            f"{label:<20} median {_number(s['median'], 4)}   5 to 95 %: "
            f"{_number(s['p05'], 4)} to {_number(s['p95'], 4)}   std {_number(s['std'], 3)}"
        )
    return _block("cells", lines)


def _claims(rows: list[dict[str, Any]]) -> list[str]:
    lines = [
        f"{_MARKS[row['verdict']]} {row['id']}: {row['witness'] or row['evidence']}"
        for row in rows
        if row["verdict"] != "not applicable"
    ]
    silent = [row["id"] for row in rows if row["verdict"] == "not applicable"]
    if silent:
        lines.append(f"{_MARKS['not applicable']} not applicable here: {', '.join(silent)}")
    return _block("claims", lines)
