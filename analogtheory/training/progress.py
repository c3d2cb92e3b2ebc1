"""A line on the terminal that says how far a run is."""

from __future__ import annotations

import sys
import time
from types import TracebackType


class Progress:
    """A bar on standard error, where that is a terminal; nothing elsewhere.

    Parameters
    ----------
    name : str
    done, total : int
        Steps that are done at the start, and of all.
    shown : bool, optional
        Whether to show it; as said above unless given.

    Examples
    --------
    >>> with Progress("TTv2", 0, 10, shown=False) as progress:
    ...     progress(5)
    """

    def __init__(self, name: str, done: int, total: int, shown: bool | None = None):
        self.name, self._first, self.total = name, done, total
        self.shown = sys.stderr.isatty() if shown is None else shown
        self._start = self._last = time.perf_counter()

    def __call__(self, done: int) -> None:
        """Say that so many steps are done; written at most ten times a second."""
        now = time.perf_counter()
        if not self.shown or (now - self._last < 0.1 and done < self.total):
            return
        self._last = now
        bar = "█" * (24 * done // self.total)
        passed, fresh = now - self._start, done - self._first
        left = f", {passed * (self.total - done) / fresh:.0f} s left" if fresh else ""
        sys.stderr.write(
            f"\r\033[K{self.name} {bar:░<24} {done}/{self.total} steps, {passed:.0f} s{left}"
        )
        sys.stderr.flush()

    def __enter__(self) -> Progress:
        self._start = self._last = time.perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
