"""Braid minimisation: crossings left and seconds by effort, Markov closure (and plat where the strands allow it).

python benchmarks/minimise.py [SEEDS]

Medians over seeds (20 by default; the wide families take 3 of them). A "layered unlink" is a random brickwall in which
every strand keeps a height of its own, followed by the odd-even network that sorts the strands, heights kept: a trivial
braid in disguise. Plat rows take one strand less where the strands are odd. Kernels are compiled before timing.
"""

import statistics
import sys
import time
from collections.abc import Callable

from plait.models import Braid, Closure
from plait.models.minimise import minimise
from plait.models.planted import layered_unlink

WIDE_SEEDS = 3


def brickwall(strands: int, layers: int, seed: int) -> Braid:
    """Braid.brickwall at its default density."""
    return Braid.brickwall(strands, layers, seed=seed)


def main(seeds: int) -> None:
    """Print one row per family, closure and effort."""
    wide = min(seeds, WIDE_SEEDS)
    families: tuple[tuple[str, Callable[[int, int, int], Braid], int, int, int], ...] = (
        ("brickwall", brickwall, 15, 20, seeds),
        ("brickwall", brickwall, 29, 50, seeds),
        ("brickwall", brickwall, 85, 100, wide),
        ("layered unlink", layered_unlink, 29, 50, seeds),
        ("layered unlink", layered_unlink, 85, 80, wide),
    )
    minimise(Braid.brickwall(4, 4), Closure.MARKOV)
    print(f"{'family':<15} {'n,L':>7} {'closure':<7} {'effort':>6} {'before':>6} {'after':>7} {'ratio':>6} {'s':>8}")
    for name, family, strands, layers, count in families:
        for closure in Closure:
            n = strands - strands % 2 if closure is Closure.PLAT else strands
            braids = [family(n, layers, seed) for seed in range(count)]
            for effort in (0, 1, 2):
                after, ratio, seconds = [], [], []
                for seed, braid in enumerate(braids):
                    begin = time.perf_counter()
                    found = minimise(braid, closure, effort, seed=seed)
                    seconds.append(time.perf_counter() - begin)
                    after.append(found.crossings_after)
                    ratio.append(found.crossings_after / found.crossings_before)
                before = statistics.median(braid.crossings for braid in braids)
                medians = [statistics.median(column) for column in (after, ratio, seconds)]
                print(
                    f"{name:<15} {n:>3},{layers:<3} {closure:<7} {effort:>6} {before:>6.0f} "
                    f"{medians[0]:>7.1f} {medians[1]:>6.3f} {medians[2]:>8.3f}",
                    flush=True,
                )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
