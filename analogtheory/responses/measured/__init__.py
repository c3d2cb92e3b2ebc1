"""A response fitted to measured pulses, with what the data can and cannot say about it.

The state x (the conductance in units of the observed range, u = (y − low)/(high − low)) and
its readings y obey, for the up pulses (s = +1) and the down pulses (s = −1) alike,

    x_{i+1} = x_i + s·q_s(x_i) + σ_c ξ_i                       (2502.06309 eq. (26))
    z_{i+1} = e^{−1/τ} z_i + σ_z √(1 − e^{−2/τ}) ζ_i            (derived here)
    y_i     = x_i + z_i + σ_r η_i,          ξ, ζ, η independent standard normal.

σ_c, the cycle-to-cycle noise, accumulates in the state. What reading and writing add does
not: a white part σ_r and, where the data show it, a slow part z (low-frequency or
random-telegraph noise) of standard deviation σ_z that is forgotten in τ pulses. A model
without z would book slow noise as cycle-to-cycle noise. Successive differences of the
readings mix all of them, and regressing them on the readings is biased (errors in
variables); the likelihood of this model is not.

Families: constant, linear (soft bounds), power and exponential steps, and positive Bernstein
polynomials. The noise model (white readings, or white and slow noise) and the family are
picked by the Bayesian information criterion; a difference below 6 is reported as undecided.
The bands and intervals are those of the picked family (they do not include the choice of the
family): the delta method with the observed information, averaged over the cycle-to-cycle
noise levels that the restricted likelihood allows, and for the symmetric point the set of
states at which the band of G contains zero (Fieller's method), which is wide or reaches the
end of the range when the data cannot tell.

Range of the response: the states that the fitted (smoothed) trajectories visit; where a
family has a bound, a zero of q₊ or q₋, inside that range, the range ends just before it.

Submodules, in the order of the computation
-------------------------------------------
table
    Reading and checking a table of pulses: :func:`read_pulse_table`, :class:`PulseTable`.
fit
    :func:`fit_pulses` and :class:`MeasuredFit`.
readings, parameters
    The data in units of the observed range; the layout of a parameter vector.
family, families, bernstein
    What a family of steps is, the closed forms, the polynomials.
filter, model, maximise, starts
    The likelihood, its derivatives, its maximisation, and where that starts.
ranking
    All candidates by their BIC.
cycle_noise, posterior
    Restricted likelihood of σ_c; estimate and covariance.
fitted_response, smoother
    Range, mean step and formulas; the visited states.
symmetric_point, noise_levels, intervals, goodness
    What is reported with its uncertainty, and whether it fits.
notes
    The sentences about what the data cannot decide.
"""

from analogtheory.responses.measured.fit import MeasuredFit, fit_pulses
from analogtheory.responses.measured.intervals import Interval
from analogtheory.responses.measured.ranking import Ranked
from analogtheory.responses.measured.table import PulseTable, read_pulse_table

__all__ = ["Interval", "MeasuredFit", "PulseTable", "Ranked", "fit_pulses", "read_pulse_table"]
