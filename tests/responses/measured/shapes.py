"""A shape of every family, parameter vectors and readings to evaluate them on."""

import math

import numpy as np

from analogtheory.responses.measured.bernstein import BernsteinStep
from analogtheory.responses.measured.families import (
    ConstantStep,
    ExponentialStep,
    LinearStep,
    PowerStep,
)
from analogtheory.responses.measured.parameters import ABSENT
from analogtheory.responses.measured.readings import Readings

FAMILIES = {
    "constant": (ConstantStep(), [-0.2, 0.4]),
    "linear": (LinearStep(), [2.0, 0.3, 0.2, 1.7]),
    "power": (PowerStep(), [0.1, -0.4, 0.6, -0.2, -0.3, -0.5]),
    "exponential": (ExponentialStep(), [2.0, 0.2, 1.5, 0.3, 1.8, -2.0]),
    "nearly linear": (ExponentialStep(), [2.0, 0.2, 1e-9, 0.3, 1.8, 0.0]),
    "Bernstein": (BernsteinStep(3), [0.1, 0.5, -0.3, -0.9, -0.5, 0.2, 0.4, 0.6]),
}


def parameters(shape, read=0.05, cycle=0.01, slow=None, memory=5.0, states=(0.1, 0.9)):
    noise = [math.log(read), math.log(cycle) if cycle else -60.0]
    noise += [math.log(slow), math.log(memory)] if slow else [ABSENT, 0.0]
    return np.array([*noise, *states, *shape])


def random_readings(lengths, seed=1):
    generator = np.random.default_rng(seed)
    up, down = (generator.random(n) for n in lengths)
    return Readings.of(np.sort(up), np.sort(down)[::-1])
