"""``python -m analogtheory``: the command line."""

import sys

from analogtheory.cli import main

if __name__ == "__main__":
    sys.exit(main())
