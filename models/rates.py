"""Seconds per unit of work of every exact method on one core, and what they predict for a contraction tree."""

import math
from dataclasses import dataclass

from plait.models.search import ContractionPlan


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Seconds of the methods' units of work on one core: to choose a method and to guard, to a factor of two.

    The defaults are those of the shipped calibration (an AMD EPYC core, 2025; laws and held-out deviations in
    `plait.calibrations.time_laws`); `plait.calibrations.rates` makes them of any other. Threads divide what grows with
    the size by `speed_up`.
    """

    run: float = 1.1e-6
    """Fixed, per run of one state's evolution (plat amplitude, random vector)."""
    amplitude: float = 1.46e-10
    """Per amplitude and run of it, complex128."""
    start: float = 1.16e-8
    """Per amplitude, to set it up."""
    trace_run: float = 1.7e-6
    """Fixed, per run of the exact trace."""
    cell: float = 1.21e-10
    """Per amplitude and run of it."""
    column: float = 5.8e-10
    """Per amplitude of it, to set it up."""
    tensor: float = 2.4e-5
    """Fixed, per tensor of a dense contraction."""
    dense_operation: float = 1.29e-10
    """Per dense multiply-add."""
    write: float = 5.1e-9
    """Per dense entry written."""
    step: float = 1.8e-5
    """Fixed, per tensor of a constrained contraction."""
    planned: float = 1.13e-4
    """Per step of it that is planned (`plait.models.constrained_steps`)."""
    surface: float = 2.05e-8
    """Per planned^(1/3) operations^(2/3)."""
    operation: float = 6.0e-10
    """Per constrained multiply-add."""
    update: float = 1.8e-4
    """Fixed, per run of a tensor train."""
    factor: float = 6.1e-7
    """Per sqrt(runs * work) of it."""
    work: float = 1.41e-9
    """Per unit of `TrainValue.work`."""
    search: tuple[float, float, float] = (5e-5, 1.4e-3, 1.4e-2)
    """Of a tree search, per tensor, by effort .."""
    search2: tuple[float, float, float] = (1e-7, 4.3e-7, 4.3e-6)
    """.. and per squared tensor. Efforts 0 and 2 are rough: 1/30 and 10 of what effort 1 takes."""
    parallel: float = 0.85
    """Efficiency of threads beyond the first."""

    def search_seconds(self, tensors: int, effort: int) -> float:
        """Seconds of a tree search, roughly."""
        return self.search[effort] * tensors + self.search2[effort] * tensors**2

    def speed_up(self, threads: int) -> float:
        """What threads divide the large parts by."""
        return 1 + (threads - 1) * self.parallel

    def train_work(self, updates: int, seconds: float) -> float:
        """Work that a tensor train does in so many seconds: update u + factor sqrt(u w) + work w = seconds, for w."""
        half = self.factor * math.sqrt(updates) / (2 * self.work)
        spare = max(0.0, seconds - self.update * updates) / self.work
        return float((math.sqrt(half * half + spare) - half) ** 2)


def contraction_seconds(plan: ContractionPlan, constrained: bool, rates: Rates, threads: int) -> float:
    """Predicted seconds of one contraction, search not included; infinite for counts beyond a float."""
    costs, net = plan.costs(), plan.network
    tensors, operations = len(net.inputs), as_float(costs.operations)
    if not constrained:
        large = rates.dense_operation * as_float(costs.dense_operations) + rates.write * as_float(costs.dense_writes)
        return rates.tensor * tensors + large
    planned = plan.planned_steps
    small = rates.step * tensors + rates.planned * planned
    large = rates.surface * math.cbrt(planned) * math.cbrt(operations) ** 2 + rates.operation * operations
    return small * max(1.0, costs.overhead) + large / rates.speed_up(threads)


def as_float(count: int) -> float:
    """A count of any size as a float; inf beyond."""
    return float(count) if count.bit_length() < 1000 else math.inf
