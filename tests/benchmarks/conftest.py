"""table.py is a program, no test module; it and the benchmarks import each other by name."""

import sys
from pathlib import Path

collect_ignore = ["table.py"]

sys.path.insert(0, str(Path(__file__).parent))
