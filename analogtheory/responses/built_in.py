"""The families that come with the package, as text formulas in w and their parameters.

The one definition can be read here and is parsed like any formula of a user. Steps are in units of
Δw_min.
"""

from __future__ import annotations

from typing import Any

from analogtheory.responses.calibration import Calibration
from analogtheory.responses.family import Family

_B = "arXiv:2502.06309"
_PEER = "aihwkit 1.2.0"

_EXP_STEP: dict[str, Any] = {
    "up": "scale_up*max(1 - A_up*exp(gamma_up*(2*a*w/(w_max - w_min) + b)), 0)",
    "down": "scale_down*max(1 - A_down*exp(-gamma_down*(2*a*w/(w_max - w_min) + b)), 0)",
    "low": "w_min",
    "high": "w_max",
}
_LINEAR_STEP: dict[str, Any] = {
    "up": "scale_up*(1 - gamma_up*w/w_max)",
    "down": "scale_down*(1 - gamma_down*w/w_min)",
    "low": "w_min",
    "high": "w_max",
}
_SOFT_BOUNDS: dict[str, Any] = {
    "up": "scale_up*(1 - (w + reference)/w_max)",
    "down": "scale_down*(1 - (w + reference)/w_min)",
    "low": "w_min - reference",
    "high": "w_max - reference",
}
_CONSTANT_STEP: dict[str, Any] = {
    "up": "scale_up",
    "down": "scale_down",
    "low": "w_min",
    "high": "w_max",
}
_SCALES = {"scale_up": 1.0, "scale_down": 1.0, "w_max": 1.0, "w_min": -1.0}

FAMILIES: tuple[Family, ...] = (
    Family(
        "ideal",
        up="1",
        down="1",
        low="-tau",
        high="tau",
        defaults={"tau": 1.0},
        summary="constant step: every pulse moves the weight by Δw_min",
        source=f"{_B}, the ideal case q₊ = q₋ = 1",
    ),
    Family(
        "linear",
        up="(1 + c)*(1 - w/tau)",
        down="(1 - c)*(1 + w/tau)",
        low="-tau",
        high="tau",
        defaults={"c": 0.0, "tau": 1.0},
        summary="linear response; symmetric point cτ, zero-shifted for c = 0",
        source=f"{_B} App. B and G (c = 0), with c_Lin; arXiv:2406.12774 for c = 0",
    ),
    Family(
        "soft-bounds",
        **_SOFT_BOUNDS,
        defaults={**_SCALES, "reference": 0.0},
        summary="steps shrink linearly to 0 at each bound; unequal bounds and scales",
        source=f"{_PEER}, SoftBoundsDevice and SoftBoundsReferenceDevice",
    ),
    Family(
        "linear-step",
        **_LINEAR_STEP,
        defaults={"gamma_up": 0.5, "gamma_down": 0.5, **_SCALES},
        summary="steps shrink linearly with the weight, not to 0 unless gamma is 1",
        source=f"{_PEER}, LinearStepDevice (multiplicative form)",
    ),
    Family(
        "power",
        up="(1 - w/tau)**gamma_res",
        down="(1 + w/tau)**gamma_res",
        low="-tau",
        high="tau",
        defaults={"gamma_res": 3.0, "tau": 1.0},
        summary="power response; note F_max = 2^(γ_res − 1) > 1 for γ_res > 1",
        source=f"{_B} eq. (148)",
    ),
    Family(
        "exponential",
        up="(exp(gamma_res*(1 - w/tau)) - 1)/(exp(gamma_res) - 1)",
        down="(exp(gamma_res*(1 + w/tau)) - 1)/(exp(gamma_res) - 1)",
        low="-tau",
        high="tau",
        defaults={"gamma_res": 1.0, "tau": 1.0},
        summary="exponential response",
        source=f"{_B} eq. (149)",
    ),
    Family(
        "exp-step",
        **_EXP_STEP,
        defaults={
            "A_up": 0.00081,
            "A_down": 0.36833,
            "gamma_up": 12.44625,
            "gamma_down": 12.78785,
            "a": 0.244,
            "b": 0.2425,
            **_SCALES,
            "w_max": 0.6,
            "w_min": -0.6,
        },
        summary="exponential step: 1 − A·exp(±γz), z = 2aw/(w_max − w_min) + b, cut at 0",
        source=f"{_PEER}, ExpStepDevice and its default values",
    ),
    Family(
        "pow-step",
        up="scale_up*((w_max - w)/(w_max - w_min))**gamma_up",
        down="scale_down*((w - w_min)/(w_max - w_min))**gamma_down",
        low="w_min",
        high="w_max",
        defaults={"gamma_up": 1.0, "gamma_down": 1.0, **_SCALES},
        summary="power step: a power of the distance to the bound, relative to the range",
        source=f"{_PEER}, PowStepDevice",
    ),
    Family(
        "ecram",
        **_LINEAR_STEP,
        defaults={
            "gamma_up": 0.1153,
            "gamma_down": 0.5085,
            **_SCALES,
            "w_max": 1.1724,
            "w_min": -0.8276,
        },
        summary="lithium-based electrochemical memory",
        source=f"Tang et al., IEDM 2018, as fitted by {_PEER} (EcRamPresetDevice)",
        calibration=Calibration(
            dw_min=0.002,
            cycle_noise=0.3,
            dw_min_spread=0.1,
            up_down_spread=0.01,
            w_max_spread=0.05,
            w_min_spread=0.05,
            gamma_spread=0.05,
            mean_bound_reference=True,
        ),
    ),
    Family(
        "ecram-mo",
        **_LINEAR_STEP,
        defaults={
            "gamma_up": 0.4152,
            "gamma_down": 0.7342,
            **_SCALES,
            "w_max": 1.1714,
            "w_min": -0.8286,
        },
        summary="metal-oxide electrochemical memory",
        source=f"Kim et al., IEDM 2019, as fitted by {_PEER} (EcRamMOPresetDevice)",
        calibration=Calibration(
            dw_min=2.8214e-4,
            cycle_noise=2.0,
            dw_min_spread=0.1,
            up_down_spread=0.01,
            w_max_spread=0.05,
            w_min_spread=0.05,
            gamma_spread=0.05,
            mean_bound_reference=True,
        ),
    ),
    Family(
        "capacitor",
        **_LINEAR_STEP,
        defaults={"gamma_up": 0.05, "gamma_down": 0.05, **_SCALES},
        summary="capacitor-based cell (its slow leakage is not part of the response)",
        source=f"Li et al., VLSI 2018, as fitted by {_PEER} (CapacitorPresetDevice)",
        calibration=Calibration(
            dw_min=0.005,
            cycle_noise=0.3,
            multiplicative_noise=False,
            dw_min_spread=0.1,
            up_down_spread=0.06,
            w_max_spread=0.07,
            w_min_spread=0.07,
            gamma_spread=0.01,
            mean_bound_reference=True,
        ),
    ),
    Family(
        "reram-es",
        **_EXP_STEP,
        defaults={
            "A_up": -1.18445,
            "A_down": -0.081404,
            "gamma_up": 5.0,
            "gamma_down": 5.0,
            "a": -0.5,
            "b": -0.5,
            **_SCALES,
            "scale_down": 0.740641,  # 1 − up_down, up_down = 0.259359
        },
        summary="resistive memory, exponential-step fit",
        source=f"Gong et al., Nat. Commun. 2018, as fitted by {_PEER} (ReRamESPresetDevice)",
        calibration=Calibration(
            dw_min=0.00135,
            cycle_noise=5.0,
            write_noise=75.0,
            dw_min_spread=0.2,
            up_down_spread=0.05,
            w_max_spread=0.3,
            w_min_spread=0.3,
        ),
    ),
    Family(
        "reram-sb",
        **_SOFT_BOUNDS,
        defaults={**_SCALES, "w_max": 1.25, "w_min": -0.75, "reference": 0.0},
        summary="resistive memory, soft-bounds fit",
        source=f"Gong et al., Nat. Commun. 2018, loose fit by {_PEER} (ReRamSBPresetDevice)",
        calibration=Calibration(
            dw_min=0.002,
            cycle_noise=3.75,
            multiplicative_noise=False,
            write_noise=56.0,
            dw_min_spread=0.3,
            up_down_spread=0.01,
            w_max_spread=0.24,
            w_min_spread=0.4,
        ),
    ),
    Family(
        "reram-array-om",
        **_SOFT_BOUNDS,
        defaults={**_SCALES, "reference": 0.0},
        summary="optimised-material resistive-memory array; symmetric point subtracted",
        source=f"Gong, Rasch et al., IEDM 2022, as fitted by {_PEER} (ReRamArrayOMPresetDevice)",
        calibration=Calibration(
            dw_min=0.0949,
            cycle_noise=0.4158,
            multiplicative_noise=False,
            write_noise=1.4113,
            dw_min_spread=0.7829,
            dw_min_log_normal=True,
            up_down_spread=0.01,
            w_max_spread=0.3499,
            w_min_spread=0.5695,
            reference_spread=0.05,
            subtract_symmetric_point=True,
        ),
    ),
    Family(
        "reram-array-hfo2",
        **_SOFT_BOUNDS,
        defaults={**_SCALES, "reference": 0.0},
        summary="HfO2 resistive-memory array; symmetric point subtracted",
        source=f"Gong, Rasch et al., IEDM 2022, as fitted by {_PEER} (ReRamArrayHfO2PresetDevice)",
        calibration=Calibration(
            dw_min=0.4622,
            cycle_noise=0.2174,
            multiplicative_noise=False,
            write_noise=0.5841,
            dw_min_spread=0.7125,
            dw_min_log_normal=True,
            up_down_spread=0.01,
            w_max_spread=0.4295,
            w_min_spread=0.599,
            reference_spread=0.05,
            subtract_symmetric_point=True,
        ),
    ),
    Family(
        "gokmen-vlasov",
        **_CONSTANT_STEP,
        defaults=dict(_SCALES),
        summary="constant-step design target with device variation",
        source=f"Gokmen & Vlasov, Front. Neurosci. 2016, as set by {_PEER} "
        "(GokmenVlasovPresetDevice)",
        calibration=Calibration(
            dw_min=0.0016,
            cycle_noise=0.3,
            dw_min_spread=0.3,
            up_down_spread=0.01,
            w_max_spread=0.3,
            w_min_spread=0.3,
        ),
    ),
    Family(
        "idealized",
        **_CONSTANT_STEP,
        defaults=dict(_SCALES),
        summary="constant step with 10000 states and no asymmetry between cells",
        source=f"Rasch, Gokmen & Haensch, arXiv:1906.02698, as set by {_PEER} "
        "(IdealizedPresetDevice)",
        calibration=Calibration(
            dw_min=0.0002,
            cycle_noise=0.3,
            dw_min_spread=0.3,
            w_max_spread=0.3,
            w_min_spread=0.3,
        ),
    ),
)
