"""Comparison with aihwkit on the same devices and tasks; see README.md beside this file."""
