"""table.py is a program, no test module."""

collect_ignore = ["table.py"]
