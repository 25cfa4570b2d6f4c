"""Getting a list of runs made: what is next, who makes it, what to do when a worker dies, when to stop."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Any

from plait.calibrations.claims import Claims
from plait.calibrations.run_log import RunLog
from plait.calibrations.task import Task, task_id, title
from plait.calibrations.work import attempt, ready, work
from plait.models import PlaitError

DEATHS = 3
"""Workers that one run may kill, being the only one going on, until it is left out."""
LEFT_OUT = 2
"""Runs left out with none made between: then it is not the runs that kill workers."""
POLL_SECONDS = 0.2
"""Between looks at the file while all that is left is being made by other processes."""


class Campaign:
    """The runs of one call of `measure`: those waiting, those going on, those to be tried again."""

    def __init__(
        self,
        tasks: Sequence[Task],
        log: RunLog,
        claims: Claims,
        *,
        budget: float | None,
        progress: Callable[[int, int, str], None] | None,
        remark: Callable[[str], None],
    ) -> None:
        self._log, self._claims, self._budget, self._progress, self._remark = log, claims, budget, progress, remark
        self._tasks = {task_id(task): task for task in tasks}
        self._waiting = deque(key for key in self._tasks if key not in log)
        self._again: deque[str] = deque()  # their worker died: each is tried alone, so that blame is certain
        self._going: dict[Future[dict[str, Any]], str] = {}
        self._deaths: dict[str, int] = {}
        self._in_row = 0
        self._start: float | None = None

    def go(self, executor: Executor | None, workers: int) -> None:
        """Make runs until none is left or the budget is spent.

        Raises:
            PlaitError: see `measure`.
        """
        if executor is None:
            self._go_here()
            return
        try:
            self._go_elsewhere(executor, workers)
        except BaseException:  # Ctrl-C above all: nothing new is begun, and what is finished is kept
            finished = [future for future in self._going if not future.cancel() and future.done()]
            for outcome in (future.result() for future in finished if future.exception() is None):
                if "record" in outcome:
                    self._log.add(outcome["record"])
            raise

    def _go_here(self) -> None:
        while (key := self._next()) is not None:
            ready()
            self._start = self._start or time.monotonic()
            self._log.add(work(self._tasks[key]))
            self._claims.drop(key)

    def _go_elsewhere(self, executor: Executor, workers: int) -> None:
        while True:
            while len(self._going) < self._room(workers) and (key := self._next()) is not None:
                try:
                    self._going[executor.submit(attempt, self._tasks[key])] = key
                except Exception as error:
                    raise PlaitError(
                        f"the executor takes no more runs ({type(error).__name__}: {error}); what is finished is in "
                        f"{self._log.path}: run it again to go on"
                    ) from error
            if not self._going:
                return
            alone = len(self._going) == 1
            for future in wait(self._going, return_when=FIRST_COMPLETED).done:
                self._settle(future, alone=alone)

    def _room(self, workers: int) -> int:
        """How many runs may go on now."""
        return 1 if self._again or any(key in self._deaths for key in self._going.values()) else workers

    def _next(self) -> str | None:
        """The run to make now, claimed and announced; None if there is none, or the budget is spent.

        Where other processes make all that is left, this waits for them: if one dies, its run is made here.
        """
        while not self._spent():
            key = self._claimed()
            if key is not None:
                if self._progress:
                    done = sum(key in self._log for key in self._tasks)
                    self._progress(done, len(self._tasks), title(self._tasks[key]))
                return key
            if self._going or not self._waiting:
                return None
            time.sleep(POLL_SECONDS)
        return None

    def _claimed(self) -> str | None:
        self._log.refresh()
        if self._again:
            return self._again.popleft()  # claimed still
        for _ in range(len(self._waiting)):
            key = self._waiting.popleft()
            if key in self._log:
                continue
            if self._claims.take(key):
                self._log.refresh()  # another process may have finished it just before
                if key not in self._log:
                    return key
                self._claims.drop(key)
            else:
                self._waiting.append(key)
        return None

    def _spent(self) -> bool:
        gone = 0.0 if self._start is None else time.monotonic() - self._start
        return self._budget is not None and gone >= self._budget

    def _settle(self, future: Future[dict[str, Any]], *, alone: bool) -> None:
        """Keep what came of a run, or see to it that it is made again."""
        key = self._going.pop(future)
        try:
            outcome = future.result()
        except Exception as error:  # of the executor: the worker died, or the way to it broke
            self._died(key, error, alone=alone)
            return
        self._start = self._start or time.monotonic()  # workers compile before their first run
        self._in_row = 0
        self._deaths.pop(key, None)
        self._keep(key, outcome)
        self._claims.drop(key)

    def _died(self, key: str, error: Exception, *, alone: bool) -> None:
        self._deaths[key] = self._deaths.get(key, 0) + alone
        if self._deaths[key] < DEATHS:
            self._again.append(key)
            return
        self._claims.drop(key)
        self._in_row += 1
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        if self._in_row >= LEFT_OUT:
            raise PlaitError(
                f"workers die at every run ({what}); what is finished is in {self._log.path}: see that workers start, "
                "with this version of plait, then run it again to go on"
            )
        self._remark(f"left out {title(self._tasks[key])}: its worker died {DEATHS} times ({what}); out of memory?")

    def _keep(self, key: str, outcome: dict[str, Any]) -> None:
        """Append a run that a worker made.

        Raises:
            PlaitError: it went wrong, or is not what was asked.
            RuntimeError: a defect of plait, with the worker's traceback.
        """
        if "mistake" in outcome:
            raise PlaitError(outcome["mistake"])
        if "defect" in outcome:
            raise RuntimeError(f"a worker failed:\n{outcome['defect']}")
        record = outcome["record"]
        if record["id"] != key:
            raise PlaitError(
                f"a worker answered {title(self._tasks[key])} with run {record['id']}, expected {key}; workers need "
                "the same version of plait as this process"
            )
        self._log.add(record)
