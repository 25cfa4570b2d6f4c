"""The shipped design: which braids are run, and what is looked at in each."""

import random
from collections.abc import Iterable, Iterator
from itertools import product

from plait.calibrations.contraction_run import COUNTS
from plait.calibrations.task import Task, noise_tasks, probe_tasks
from plait.models import Closure

EFFORT = 1
"""Of every path search."""
DENSITY = 2 / 3

STRANDS = (6, 8, 10, 12, 14, 16, 18, 20, 22, 24)
LAYERS = (4, 6, 9, 13, 18, 24, 31, 40)
SEEDS = range(6)
ODD_STRANDS = (7, 9, 11, 13, 15, 17, 19, 21, 23)
ODD_SEEDS = range(2)
WIDE_STRANDS = (28, 34, 42, 60, 84, 100)
WIDE_LAYERS = (10, 20, 40, 60, 80, 100)
WIDE_SEEDS = range(2)
MIDDLE_STRANDS = (26, 30, 38, 50)
MIDDLE_LAYERS = (15, 30, 50, 70)
MIDDLE_SEEDS = range(2)
SLICED = ((34, 60), (38, 60), (42, 60), (46, 60), (50, 60), (42, 80), (60, 60))
"""Contracted with loops as well."""
SLICED_SEEDS = (20, 21, 22)
DEEP_STRANDS = (42, 74, 102)
DEEP_LAYERS = (150, 270)
DENSITIES = (1 / 3, 1 / 2, 5 / 6, 1.0)
DENSITY_STRANDS = (8, 12, 18, 26, 38)
DENSITY_LAYERS = (6, 13, 24, 40, 60)
PLANTED_SEEDS = range(3)
PLANTED_WIDE_STRANDS = (28, 42, 60, 84)
PLANTED_WIDE_LAYERS = (10, 20, 40, 60, 80)
COUNTED_STRANDS = (28, 34, 42, 50, 60, 84)
COUNTED_LAYERS = (8, 13, 20, 30, 40)
COUNTED_SEEDS = (1, 2, 3)
COUNTED_DEEP_STRANDS = (12, 18, 24, 34, 42, 60)
COUNTED_DEEP_LAYERS = (50, 60, 70, 80)
COUNTED_DEEP_SEEDS = (1, 2)
CENTRE_STRANDS = (8, 10, 12, 16, 20, 24, 28, 34, 42, 60)
CENTRE_LAYERS = (6, 13, 20, 30, 40, 50, 60)
CENTRE_SEEDS = range(4, 16)
"""What a minimisation leaves of a planted braid is its centre, which hangs on the seed more than on the size."""
LARGE = ((42, 80), (60, 80), (60, 90), (60, 100), (84, 100), (100, 100), (100, 110), (60, 110), (84, 105))
"""Contracted whatever takes up to a minute."""
LARGE_SEED = 10
SIZES = (300, 1_000, 4_000)
"""Strands x layers that part the classes of size in which a budget is spent."""


def braid_task(
    strands: int,
    layers: int,
    seed: int,
    closure: Closure,
    *,
    family: str = "brickwall",
    density: float = DENSITY,
    also: Iterable[str] = (),
) -> Task:
    """One braid: path search, contractions and evolutions where they are affordable, and those of the minimised braid.

    Args:
        strands, layers, seed, closure, family: of the braid.
        density: of a brickwall, or of the brickwall part of a planted braid (2/3 always).
        also: what else to look at, see `plait.calibrations.braid_run.braid_run`.
    """
    return {
        "kind": "braid",
        "family": family,
        "strands": strands,
        "layers": layers,
        "density": density,
        "seed": seed,
        "closure": str(closure),
        "effort": EFFORT,
        "also": sorted(also),
    }


def default_tasks() -> list[Task]:
    """The probes, then the braids, shuffled: any beginning of the list is a sample of them all."""
    braids = [*_small(), *_wide(), *_densities(), *_planted(), *_large(), *_counted()]
    random.Random(0).shuffle(braids)
    return [*probe_tasks(), *(task for group in braids for task in group)]


def _both(strands: int, layers: int, seed: int, also: Iterable[str] = (), **more: object) -> list[Task]:
    """The two closures of one braid; plats want an even number of strands."""
    closures = [closure for closure in Closure if closure is Closure.MARKOV or strands % 2 == 0]
    return [braid_task(strands, layers, seed, closure, also=also, **more) for closure in closures]  # type: ignore[arg-type]  # family, density


def _small() -> Iterator[list[Task]]:
    extras = (("circuits", "train", "cut"), ("train", "single"), ("train",))
    for seed in SEEDS:
        also = extras[seed] if seed < len(extras) else ()
        for strands in STRANDS:
            for layers in LAYERS:
                yield _both(strands, layers, seed, also)
    for seed in ODD_SEEDS:
        for strands in ODD_STRANDS:
            for layers in LAYERS:
                yield _both(strands, layers, seed)


def _wide() -> Iterator[list[Task]]:
    for seed in WIDE_SEEDS:
        also = ("circuits", "train") if seed == 0 else ()
        for strands in WIDE_STRANDS:
            for layers in WIDE_LAYERS:
                yield _both(strands, layers, seed, also)
    for seed in MIDDLE_SEEDS:
        for strands in MIDDLE_STRANDS:
            for layers in MIDDLE_LAYERS:
                yield _both(strands, layers, seed, ("train", "cut") if seed == 0 else ("single",))
    for seed in SLICED_SEEDS:
        for strands, layers in SLICED:
            yield _both(strands, layers, seed, ("slices", "sliced"))
    for strands in DEEP_STRANDS:
        for layers in DEEP_LAYERS:
            yield _both(strands, layers, 0, ("circuits",))


def _densities() -> Iterator[list[Task]]:
    for seed, density in enumerate(DENSITIES):
        for strands in DENSITY_STRANDS:
            for layers in DENSITY_LAYERS:
                yield _both(strands, layers, seed, density=density)


def _planted() -> Iterator[list[Task]]:
    for seed in PLANTED_SEEDS:
        for strands in STRANDS:
            for layers in LAYERS:
                also = ("circuits", "train", "cut") if seed == 0 else ("train",)
                yield _both(strands, layers, seed, also, family="planted")
    for strands in PLANTED_WIDE_STRANDS:
        for layers in PLANTED_WIDE_LAYERS:
            yield _both(strands, layers, 0, ("circuits", "train"), family="planted")


def _counted() -> Iterator[list[Task]]:
    """Planted braids of which counts are kept alone: their widths scatter, and a search says how wide they are."""
    sizes = [
        *product(COUNTED_SEEDS, COUNTED_STRANDS, COUNTED_LAYERS),
        *product(COUNTED_DEEP_SEEDS, COUNTED_DEEP_STRANDS, COUNTED_DEEP_LAYERS),
        *(
            (seed, strands, CENTRE_LAYERS[(seed + k) % len(CENTRE_LAYERS)])
            for seed in CENTRE_SEEDS
            for k, strands in enumerate(CENTRE_STRANDS)
        ),
    ]
    for seed, strands, layers in sizes:
        yield _both(strands, layers, seed, (COUNTS, "train"), family="planted")


def _large() -> Iterator[list[Task]]:
    for strands, layers in LARGE:
        yield _both(strands, layers, LARGE_SEED, ("large", "slices"))


def calibration_tasks(seed: int, noisy: bool) -> list[Task]:
    """What `plait calibrate` runs: the whole design, ordered so that a short budget fits something.

    Args:
        seed: of the order within the classes of size.
        noisy: whether noisy machines can be simulated here.
    """
    return spread([*default_tasks(), *(noise_tasks() if noisy else ())], seed)


def spread(tasks: list[Task], seed: int) -> list[Task]:
    """The probes first, then the braids shuffled within classes of size, small before large, closures in turn.

    So a short budget fits something, and whatever it reaches is spread over strands and layers. Families and densities
    other than those of the map come after each class of it, and large contractions last.
    """
    probes = [task for task in tasks if task["kind"] == "probe"]
    braids: dict[tuple[object, ...], list[Task]] = {}
    noisy = [task for task in tasks if task["kind"] == "noise"]
    for task in tasks:
        if task["kind"] == "braid":
            key = tuple(task[name] for name in ("family", "density", "strands", "layers", "seed"))
            braids.setdefault(key, []).append(task)
    groups = list(braids.values())
    random.Random(seed).shuffle(groups)
    groups.sort(key=_class)
    random.Random(seed).shuffle(noisy)
    return probes + [task for group in groups for task in group] + noisy


def _class(group: list[Task]) -> tuple[int, ...]:
    """Large contractions last, then by size; within a size, what the map needs first."""
    task = group[0]
    size = sum(task["strands"] * task["layers"] > edge for edge in SIZES)
    return "large" in task["also"], size, "circuits" not in task["also"] or task["family"] != "brickwall"
