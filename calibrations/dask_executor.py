"""The workers of a Dask cluster as an executor for `plait.calibrations.measure`."""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from plait.models import PlaitError

TIMEOUT_SECONDS = 10
"""For the scheduler to answer."""


@contextmanager
def dask_executor(scheduler: str) -> Iterator[tuple[Executor, int]]:
    """The executor of a running cluster, and how many workers it has now.

    Workers need plait installed, the same version; a run is timed alone in its worker, so give them one thread each.

    Args:
        scheduler: address, such as tcp://10.0.0.1:8786.

    Raises:
        PlaitError: dask.distributed is not installed; no scheduler answers there, or it has no workers.
    """
    try:
        connect: Any = import_module("distributed").Client
    except ImportError as error:
        raise PlaitError("executor = 'dask' needs dask.distributed: pip install 'plait[distributed]'") from error
    try:
        client = connect(scheduler, timeout=TIMEOUT_SECONDS, set_as_default=False)
    except Exception as error:  # of many kinds: no such host, refused, no answer, another protocol or version
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        raise PlaitError(
            f"scheduler = {scheduler!r}: no Dask scheduler answers there ({what}); start one with: dask scheduler"
        ) from error
    with client:
        workers = len(client.nthreads())
        if not workers:
            raise PlaitError(f"scheduler = {scheduler!r} has no workers; start some with: dask worker {scheduler}")
        yield client.get_executor(pure=False), workers
