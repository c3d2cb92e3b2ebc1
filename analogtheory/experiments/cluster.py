"""A running Dask cluster as an executor; the only module that knows `distributed`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import operator
import pickle
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

from analogtheory import __version__
from analogtheory.errors import InputError

P = ParamSpec("P")
T = TypeVar("T")
#: How long to wait for an answer of the scheduler, in seconds.
TIMEOUT = 10.0
_ADDRESS = re.compile(r"(?:\w+://)?(?:[\w.-]+|\[[0-9A-Fa-f:.%]+\]):\d{1,5}")


def unsaid(text: str) -> None:
    """What nobody listens to."""


@contextlib.contextmanager
def cluster(
    address: str, timeout: float = TIMEOUT, say: Callable[[str], object] = unsaid
) -> Iterator[Executor]:
    """The workers of a running scheduler, as an executor that closes the connection at the end.

    A part whose worker dies is computed by another one; a part that kills one after the other
    fails (Dask's setting ``distributed.scheduler.allowed-failures``). So does a part that is sent
    to a worker that came later and does not have this package.

    Parameters
    ----------
    address : str
        Of the scheduler, for example ``tcp://10.0.0.1:8786``.
    timeout : float
        Seconds to wait for its answer.
    say : callable
        Told in words if the scheduler has no worker yet.

    Raises
    ------
    InputError
        If `distributed` is not installed, no scheduler answers there, or a worker has another
        version of this package.
    """
    try:
        from distributed import Client
    except ImportError as problem:
        raise InputError(
            "--scheduler: needs the extra 'cluster': pip install 'analogtheory[cluster]'"
        ) from problem
    if not _ADDRESS.fullmatch(address):
        raise InputError(
            f"--scheduler {address}: write HOST:PORT as the scheduler prints it, for example "
            "tcp://10.0.0.1:8786"
        )
    try:
        with _quiet(), ThreadPoolExecutor(1) as apart:  # also where an event loop is running
            apart.submit(asyncio.run, _greet(address, timeout)).result()
            client = Client(address, timeout=timeout, set_as_default=False)
    except Exception as problem:  # what does not speak Dask makes the client fail in many ways
        reason = " ".join(str(problem).split()) or type(problem).__name__
        raise InputError(
            f"--scheduler {address}: no Dask scheduler answers there within {timeout:g} s; is it "
            f"running, and is this its address? ({reason})"
        ) from problem
    with client:
        if not client.nthreads():
            say(f"the scheduler {address} has no worker yet; the parts wait for one")
        _refuse_others(address, client)
        executor = _Sealing(client.get_executor(pure=False))
        try:
            yield executor
        finally:
            executor.shutdown(wait=False)


def _refuse_others(address: str, client: Any) -> None:
    """Refuse workers without this package or with another version of it.

    What has the same version but another source, or comes later, is refused by each part.
    """
    found = client.get_versions(packages=["analogtheory"])
    for worker, versions in found["workers"].items():
        other = versions["packages"].get("analogtheory")
        if other != __version__:
            has = f"analogtheory {other}" if other else "no analogtheory"
            raise InputError(
                f"--scheduler {address}: its worker {worker} has {has}, here is analogtheory "
                f"{__version__}; install the same on all workers"
            )


class _Sealing(Executor):
    """Sends each call as bytes, which a worker without this package can receive.

    Dask opens what it sends before it calls it, and a worker that cannot do so ends without a word;
    with no other worker the run would wait for ever. So the worker is sent functions that it has in
    any case, and they open the bytes.
    """

    def __init__(self, executor: Executor):
        self._executor = executor

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call a function on a worker; ImportError if the worker does not have it."""
        from toolz import pipe  # comes with distributed

        sealed = pickle.dumps(partial(function, *args, **kwargs))
        return self._executor.submit(pipe, sealed, pickle.loads, operator.call)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for what was submitted, or cancel it."""
        self._executor.shutdown(wait=wait and not cancel_futures)


async def _greet(address: str, timeout: float) -> None:
    """Connect once; unlike the client's own attempt, this ends in time if nobody greets back."""
    from distributed.comm import connect
    from distributed.security import Security

    known = Security().get_connection_args("client")
    comm = await asyncio.wait_for(connect(address, timeout=timeout, **known), timeout)
    await comm.close()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the log of attempts to connect; the error says it all."""
    log = logging.getLogger("distributed")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)
