"""Numerical experiments that write data and one figure each; run with ``python -m``."""
