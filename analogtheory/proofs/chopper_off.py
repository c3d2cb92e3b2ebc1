"""c-TTv2 that never flips is TTv2: as maps, and bit for bit in a simulation.

With flip probability 0 the chopper's state stays 0 and its sign 1; every step of c-TTv2 is then
the step of TTv2. Acceptance check of the theory notes of the family (section 8, 10).
"""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import sympy

from analogtheory.algorithms.chopped import (
    Buffer,
    chop,
    chopped_ttv2,
    due,
    flip,
    phase,
    reference,
    ttv2,
)
from analogtheory.claims import (
    Evidence,
    Run,
    Settled,
    claim,
    conclude,
    derived,
    holds_exactly,
    hypothesis,
    lemma,
    twin,
)
from analogtheory.dynamics import Dynamics, Let, Pulse, Step
from analogtheory.noise import Gaussian
from analogtheory.objectives import ScalarQuadratic
from analogtheory.proofs.general_device import GeneralDevice, GeneralObjective
from analogtheory.prove import prove_identity
from analogtheory.responses.response import Response
from analogtheory.simulation import simulate

Expr: TypeAlias = sympy.Expr

_SOURCE = "theory notes of the family 8, check 10"
_BUFFER = Buffer(every=2, momentum=0.1, most_pulses=2)
#: Forget and keep, a read after each or every second update; λ, δ, m and r stay symbols.
_BUFFERS = (_BUFFER, Buffer(every=2, forget=False), Buffer(), Buffer(forget=False, most_pulses=5))
_OPAQUE = (
    sympy.Piecewise,
    sympy.Min,
    sympy.floor,
    sympy.sign,
    sympy.Abs,
    sympy.core.function.AppliedUndef,
)


def _body(step: Step) -> Expr:
    return step.change if isinstance(step, Pulse) else step.value


def _target(step: Step) -> sympy.Symbol:
    return step.symbol if isinstance(step, Let) else step.state


def _plain(expression: Expr, names: dict[Expr, sympy.Symbol]) -> Expr:
    """Branches, ⌊·⌋ and the like as symbols: the same one for the same expression."""
    found = expression.replace(
        lambda e: isinstance(e, _OPAQUE),
        lambda e: names.setdefault(e, sympy.Symbol(f"part_{len(names)}", real=True)),
    )
    free = {s: sympy.Symbol(s.name, real=True) for s in found.free_symbols}
    return found.xreplace(free)


def _without_chopper(dynamics: Dynamics) -> list[Step]:
    """The steps but for the chopper's own."""
    return [step for step in dynamics.steps if _target(step) not in (chop, phase)]


@claim(
    "chopped-ttv2-without-flips",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="c-TTv2 whose chopper never flips is TTv2: from phase 0 its sign stays 1, and every "
    "step is the same formula as TTv2's, for every device, objective and noise, every λ, δ, m and "
    "r, and each rule of the buffer: forget or keep, n_s = 1 and 2, at B = 1 and another B.",
    latex=r"c_k \equiv 1 \;\Rightarrow\; (A,H,W)_{k+1}^{\text{c-TTv2}} = (A,H,W)_{k+1}^{"
    r"\text{TTv2}}",
    hypotheses=(hypothesis("the draw that flips is never positive; the chopper starts at c = 1"),),
    twins=(
        twin("from the other phase, c = −1", start=1),
        twin("another reference level in the read", shifted=True),
    ),
)
def chopped_ttv2_without_flips(run: Run, start: int = 0, shifted: bool = False) -> Evidence:
    """The steps of the two programs side by side, for each rule of the buffer."""
    steps = [step for buffer in _BUFFERS for step in _compared(buffer, start, shifted)]
    return conclude(*steps, value="identical maps")


def _compared(buffer: Buffer, start: int, shifted: bool) -> list[Settled]:
    common = (GeneralDevice("W"), GeneralObjective(), Gaussian(1.0))
    fast, noise = GeneralDevice("A"), Gaussian(1.0)
    plain = ttv2(*common, buffer=buffer, fast_response=fast, read_noise=noise)
    chopped = chopped_ttv2(
        *common, flip_probability=0.0, buffer=buffer, fast_response=fast, read_noise=noise
    )
    names: dict[Expr, sympy.Symbol] = {}
    still = {phase: start, flip: 0}
    by_name = {_target(step): _body(step) for step in chopped.steps}
    sign = by_name[chop].subs(still)
    rule = f"n_s = {buffer.every}, {'forget' if buffer.forget else 'keep'}"
    steps: list[Settled] = [
        lemma(f"{rule}: c = 1 at phase 0", prove_identity(sign, 1 - 2 * start)),
        lemma(f"{rule}: phase⁺ = phase", prove_identity(_settled(by_name[phase], still), start)),
    ]
    for one, other in zip(plain.steps, _without_chopper(chopped), strict=True):
        changed = _body(other).subs(chop, sign)
        if shifted:
            changed = changed.subs(reference, 0)
        words = f"{rule}: the step that sets {_target(one)}"
        if _target(one) != _target(other):
            steps.append(holds_exactly(words, False, f"sets {_target(other)} instead"))
        same = prove_identity(_plain(_body(one), names), _plain(changed, names))
        steps.append(lemma(words, same))
    return steps


def _settled(expression: Expr, still: dict[sympy.Symbol, int]) -> Expr:
    """An expression with branches on `due`, if it is the same whichever way that goes."""
    at = expression.subs(still)
    one, other = (sympy.sympify(at.subs(due, value)) for value in (0, 1))
    return one if one == other else at


@cache
def _final(flipping: float | None, fidelity: str, seed: int) -> tuple[bytes, ...]:
    """A, W and H along 200 steps of 16 trajectories, as bytes."""
    device = Response("1 - w", "1 + w", -1, 1)
    fast = Response("(1 - (w - 0.3)/0.7)", "1 + (w - 0.3)/1.3", -1, 1)
    common = (device, ScalarQuadratic(1, 0.4), Gaussian(0.3))
    options = {"buffer": _BUFFER, "fast_response": fast, "read_noise": Gaussian(0.05)}
    dynamics = (
        ttv2(*common, **options)  # type: ignore[arg-type]
        if flipping is None
        else chopped_ttv2(*common, flip_probability=flipping, **options)  # type: ignore[arg-type]
    )
    result = simulate(
        dynamics,
        trajectories=16,
        steps=200,
        seed=seed,
        fidelity=fidelity,
        dw_min=None if fidelity == "averaged" else 0.01,
        record="trajectory",
        backend="numpy",
    )
    return tuple(result.trajectory[name].tobytes() for name in ("A", "W", "H"))


@claim(
    "chopped-ttv2-without-flips-bits",
    source=derived(_SOURCE, "2303.04721"),
    form="derived",
    statement="Simulated with the same seed, averaged and with stochastic pulse trains, c-TTv2 "
    "with flip probability 0 and TTv2 agree in every bit of A, W and H along 200 noisy updates.",
    latex=r"(A,W,H)_k^{\text{c-TTv2},\,p=0} = (A,W,H)_k^{\text{TTv2}} \text{ in every bit}",
    hypotheses=(hypothesis("linear devices, an offset of A, Gaussian gradient and read noise"),),
    twins=(
        twin("flip probability 1/10", flipping=0.1),
        twin("another seed", seeds=(1, 2)),
    ),
)
def chopped_ttv2_without_flips_bits(
    run: Run, flipping: float = 0.0, seeds: tuple[int, int] = (1, 1)
) -> Evidence:
    """Bytes of the recorded states."""
    steps = []
    for fidelity in ("averaged", "pulsed"):
        one, other = _final(None, fidelity, seeds[0]), _final(flipping, fidelity, seeds[1])
        words = f"{fidelity}: the same bytes of A, W, H"
        steps.append(holds_exactly(words, one == other, "differ" if one != other else ""))
    return conclude(*steps, value="0 bits differ")
