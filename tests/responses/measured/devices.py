"""Devices with known steps, and tables of their simulated pulses."""

import math

import numpy as np

from analogtheory.responses.measured import PulseTable


def simulate(up, down, pulses, *, start=-0.8, cycle=0.0, read=0.0, slow=0.0, memory=1.0, seed=0):
    """Readings after `pulses` up pulses and as many down pulses of a device with known steps."""
    generator = np.random.default_rng([20260722, seed])
    columns, x, keep = [], start, math.exp(-1.0 / memory)
    for step, sign in ((up, 1.0), (down, -1.0)):
        states = np.empty(pulses)
        for i in range(pulses):
            x += sign * step(x) + cycle * generator.standard_normal()
            states[i] = x
        z = slow * generator.standard_normal(pulses)
        for i in range(1, pulses):
            z[i] = keep * z[i - 1] + math.sqrt(1.0 - keep * keep) * z[i]
        columns.append(states + z + read * generator.standard_normal(pulses))
    return PulseTable(*columns, "simulated")


def soft_up(w):
    return 0.01 * (1.0 - w / 1.2)


def soft_down(w):
    return 0.008 * (1.0 + w)


#: Where 0.01(1 − w/1.2) = 0.008(1 + w).
SOFT_POINT = 0.002 / (0.01 / 1.2 + 0.008)


def exponential_up(w):
    return 0.006 * (1.0 - math.exp(4.0 * (w - 1.0)))


def exponential_down(w):
    return 0.006 * (1.0 - math.exp(-4.0 * (w + 1.0)))


def power_up(w):
    return 0.03 * (max(1.0 - w, 0.0) / 2.0) ** 2.5


def power_down(w):
    return 0.03 * (max(1.0 + w, 0.0) / 2.0) ** 1.8


def hump_up(w):
    return 0.004 * (1.0 + 2.0 * math.exp(-(((w - 0.2) / 0.35) ** 2)))


def hump_down(w):
    return 0.004 * (1.0 + 2.0 * math.exp(-(((w + 0.3) / 0.35) ** 2)))


DEVICES = {
    "linear step": (soft_up, soft_down, {"cycle": 0.001, "read": 0.02}, 0.10),
    "constant step": (lambda w: 0.004, lambda w: 0.0035, {"cycle": 0.002, "read": 0.02}, 0.10),
    "power step": (power_up, power_down, {"read": 0.004}, 0.10),
    "exponential step": (exponential_up, exponential_down, {"cycle": 5e-4, "read": 0.01}, 0.10),
    "Bernstein": (hump_up, hump_down, {"cycle": 5e-4, "read": 0.004}, 0.35),
}


def relative_error(fit, up, down):
    """Largest error of the fitted steps on the middle nine tenths, over the mean step."""
    low, high = fit.response.range
    w = np.linspace(low + 0.05 * (high - low), high - 0.05 * (high - low), 41)
    true = np.array([[up(x) for x in w], [down(x) for x in w]])
    found = fit.dw_min * np.array([fit.response.q_up(w), fit.response.q_down(w)])
    return np.abs(found - true).max() / true.mean()
