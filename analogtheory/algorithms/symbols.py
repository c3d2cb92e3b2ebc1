"""The symbols that the update rules are written in, after arXiv:2502.06309."""

from __future__ import annotations

import sympy

#: Main array, residual array, digital buffer; the stochastic gradient of one iteration.
W, P, H, g = sympy.symbols("W P H g", real=True)
#: Gradient noise, and noise of the transfer read.
epsilon, epsilon_read = sympy.symbols("epsilon epsilon_read", real=True)
#: Learning rate of the gradient step and of the transfer.
alpha, beta = sympy.symbols("alpha beta", positive=True)
#: Mixing coefficient in W̄ = W + γP.
gamma = sympy.Symbol("gamma", nonnegative=True)
