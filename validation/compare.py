"""Run the comparison: ``python -m validation.compare [PART ...] [--json FILE]``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

if __package__ in (None, ""):  # run as a file
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    sys.path.pop(1)  # this folder: its modules are to be found as validation.NAME

from validation import compounds, counts, noise, peer, steps, training
from validation.rows import APART, ERROR, as_data, table

PARTS = {
    "counts": counts.compared,
    "steps": steps.compared,
    "noise": noise.compared,
    "training": training.compared,
    "compounds": compounds.compared,
}

#: Exit code where aihwkit cannot be imported.
NOT_COMPARED = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; the exit code is in README.md."""
    parser = argparse.ArgumentParser(prog="validation.compare", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows as data")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.parts) - set(PARTS))
    if unknown:
        parser.error(f"unknown part {unknown[0]!r}: use {', '.join(PARTS)}")
    try:
        version = peer.version()
    except peer.PeerMissing as missing:
        print(missing, file=sys.stderr)
        return NOT_COMPARED
    rows = [row for part in options.parts or PARTS for row in PARTS[part]()]
    differing = [row for row in rows if not row.is_met]
    apart = sum(row.verdict == APART for row in rows)
    met = f"{len(rows) - len(differing)} of {len(rows)} comparisons come out as they must"
    print(table(rows))
    print(f"\naihwkit {version}: {met} ({apart} of them are to differ); "
          f"error probability of each at most {ERROR:g}")  # fmt: skip
    if options.json:
        content = {"aihwkit": version, "error_probability": ERROR, "rows": as_data(rows)}
        options.json.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
