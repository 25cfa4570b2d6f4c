"""Braids of known value in disguise: every value is in closed form, whatever the width and depth.

Give every strand a height of its own and let the higher strand pass over at each crossing. Seen from above such a braid
may cross itself at random; seen from the side nothing happens, because strands only move at their heights. So a random
brickwall with these crossings, followed by the network that sorts the strands, is the trivial braid. A half twist of
two strands of neighbouring heights, made at any moment at which they are neighbours in place as well, is seen from the
side as a standard generator, whenever it is made. Hence a centre c (a word in generators between heights) can be
scattered over the whole depth, and the braid is g c g^-1, where g takes the strands to the order of their heights.

- Markov: conjugation keeps the weighted trace, E of the braid = E of the centre.
- Plat: the two strands of a cup have neighbouring heights, so g carries cups to cups; a cup that it turns over gives a
  phase at the bottom and its inverse at the top. Again E of the braid = E of the plat closure of the centre.
- Exponent sums are kept too, but the oriented writhe, and so V, is that of the braid as it stands.

The centre twists pairs: t(k) = A^k (1 + (e^{3 pi i k/5} - 1)/phi^2) is E of k half twists in both closures, of modulus
1, 0.618, 0.382, 0.954, 0.821, 0.236 for |k| = 0..5, and twists of different pairs multiply (connected sums). On
4 strands there is only one pair between cups; there the centre is sigma_2^a sigma_1^b sigma_2^c, also in closed form.

The disguise falls to a minimiser that lays strands anew at their own heights (`plait.models.minimise`, effort 1). What
it leaves of the letters, medians of 20 seeds at (10,10), (20,20), (40,40): Markov 0.78, 0.83, 0.83 at effort 0 and
0.13, 0.04, 0.01 at effort 1, never more than the centre; plat 0.78, 0.81, 0.83 and 0.25, 0.13, 0.05, where cups that
have changed places remain. That takes 1-3 ms (plat 2-14 ms). So a planted braid is a fair instance only beside a
classical side that may minimise; what is known of it without that is its value, not its difficulty.

Size, medians of 20 seeds: 1.9 times the crossings of `Braid.brickwall` at (10,10), 1.5 at (20,20), 1.3 at (29,50) and
1.2 at (85,80), more for fewer layers than strands and less for more; the depth is 1.4-2.5 times that of the brickwall.
"""

import cmath
import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations_with_replacement, product

from plait.models.braid import MAX_CROSSINGS, Braid, check_int, check_strands
from plait.models.closure import Closure
from plait.models.errors import PlaitError
from plait.models.fibonacci import PHI, A, framing
from plait.models.link import check_closable, close

DENSITY = 2 / 3
"""Chance of each crossing of the brickwall part."""
MAX_TWISTS = 4
"""Pairs a centre twists at most: their products leave no gap above 0.05 in |E|."""
CLOSE_ENOUGH = 0.01
"""Of the centres whose |E| is this near to the target, one of the fewest letters is taken."""


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A braid whose exact value is known by construction.

    Args:
        braid: the disguised braid.
        centre: the braid it comes from: twists of strands that are neighbours in height, the strands in that order.
        layers: brick layers asked for; the network that sorts the strands and the centre come on top.
        seed: it was made from.
        values: E (normalised, |E| <= 1) by closure; no plat value for an odd number of strands.
    """

    braid: Braid
    centre: Braid
    layers: int
    seed: int
    values: Mapping[Closure, complex]

    def normalised(self, closure: Closure | str) -> complex:
        """E, as `plait.models.exact.JonesValue.normalised`.

        Raises:
            PlaitError: plat closure of an odd number of strands.
        """
        return self.values[check_closable(self.braid, closure)]

    def jones(self, closure: Closure | str) -> complex:
        """V in the circuit convention, with the oriented writhe of the disguised braid.

        Raises:
            PlaitError: plat closure of an odd number of strands.
        """
        closure = check_closable(self.braid, closure)
        circles = self.braid.strands if closure is Closure.MARKOV else self.braid.strands // 2
        return framing(close(self.braid, closure).writhe) * PHI ** (circles - 1) * self.values[closure]


def planted(strands: int, layers: int, seed: int = 0) -> Planted:
    """A random braid of known value: |E| is near a uniform draw from [0, 1], its phase varies too.

    The same braid serves both closures. From 5 strands on E is the same in both, and |E| is within 0.03 of the draw (on
    3, 6 and 8 strands, where fewer pairs can be twisted, within 0.07). On 4 strands E differs between the closures and
    |E| is within 0.2 of the draw, 0.04 on average; on 2 strands a plat is an unknot (|E| = 1), and with the Markov
    closure |E| is one of 6 values; one strand gives 1. The draw depends on the seed alone, and about one seed in 40
    draws so near to 1 that the centre is empty: an unlink.

    Args:
        strands: n.
        layers: L brick layers of density 2/3, as of `Braid.brickwall`; with 0 nothing disguises the centre.
        seed: of ``random.Random``; the same seed gives the same braid everywhere.

    Raises:
        PlaitError: a size out of range.

    >>> made = planted(10, 10, seed=1)
    >>> made.braid.crossings, str(made.centre), f"{abs(made.normalised('markov')):.6f}"
    (63, '-2 -2 -6 -6 -4 -4 -4', '0.139165')
    """
    _check_size(strands, layers, seed)
    rng = random.Random(seed)
    twists = _twists(strands, rng.random(), rng)
    height = _heights(strands, rng)
    wall, places = _layered_wall(height, layers, rng)
    centre, inserted = _scattered(twists, height, places, rng)
    word = [letter for extra, layer in zip(inserted, [*wall, []], strict=True) for letter in (*extra, *layer)]
    return Planted(
        braid=Braid(strands=strands, word=tuple(word)),
        centre=Braid(strands=strands, word=tuple(centre)),
        layers=layers,
        seed=seed,
        values=_values(strands, [power for power, _ in twists]),
    )


def layered_unlink(strands: int, layers: int, seed: int = 0) -> Braid:
    """A trivial braid in disguise: a random brickwall of strands at fixed heights, then the network that sorts them.

    Args:
        strands: n.
        layers: brick layers of density 2/3.
        seed: of ``random.Random``.

    Raises:
        PlaitError: a size out of range.

    >>> str(layered_unlink(4, 3, seed=1))
    '-1 2 1 -3 -1 3 -2 1'
    """
    _check_size(strands, layers, seed)
    rng = random.Random(seed)
    wall, _ = _layered_wall(rng.sample(range(strands), strands), layers, rng)
    return Braid(strands=strands, word=tuple(letter for layer in wall for letter in layer))


def twist_value(power: int) -> complex:
    """E of two strands twisted `power` half turns, t(k) = A^k (1 + (e^{3 pi i k/5} - 1)/phi^2); period 10.

    >>> [f"{abs(twist_value(k)):.4f}" for k in range(6)]
    ['1.0000', '0.6180', '0.3820', '0.9539', '0.8208', '0.2361']
    """
    return A ** (power % 10) * (1 + _turn(power) / PHI**2)


def _check_size(strands: int, layers: int, seed: int) -> None:
    """Refuse what no braid can be made of before anything is built."""
    check_strands(strands)
    check_int("layers", layers, 0, MAX_CROSSINGS)
    check_int("seed", seed, 0, 2**63 - 1)
    detours = 5 * MAX_TWISTS * 2 * strands
    most = layers * (strands // 2) + strands * (strands - 1) // 2 + detours
    if most > MAX_CROSSINGS:
        raise PlaitError(
            f"strands = {strands}, layers = {layers} may give {most} crossings; the limit is {MAX_CROSSINGS}"
        )


def _turn(power: int) -> complex:
    """e^{3 pi i k/5} - 1: sigma^k = A^k (1 + turn P)."""
    return cmath.exp(3j * math.pi * (power % 10) / 5) - 1


def _plat_of_three(a: int, b: int, c: int) -> complex:
    """E of the plat closure of sigma_2^a sigma_1^b sigma_2^c on 4 strands.

    sigma_1 is diagonal on the two paths 01010 and 01110: A^b e^{3 pi i b/5} and A^b.
    """
    p = 1 / PHI**2  # P has the entries p, 1 - p and, off the diagonal, sqrt(p (1 - p)) there
    first, last = _turn(a), _turn(c)
    straight = (1 + _turn(b)) * (1 + p * first) * (1 + p * last)
    return A ** ((a + b + c) % 10) * (straight + p * (1 - p) * first * last)


def _values(strands: int, powers: Sequence[int]) -> dict[Closure, complex]:
    """E by closure of the centre with these twists."""
    if strands == 4:
        a, b, c = powers
        return {Closure.MARKOV: twist_value(a + c) * twist_value(b), Closure.PLAT: _plat_of_three(a, b, c)}
    value = math.prod(map(twist_value, powers), start=complex(1))
    if strands == 2:  # a kink
        return {Closure.MARKOV: value, Closure.PLAT: cmath.exp(-4j * math.pi * (sum(powers) % 10) / 5)}
    return {closure: value for closure in Closure if closure is Closure.MARKOV or strands % 2 == 0}


def _slots(strands: int) -> list[int]:
    """Heights h such that h, h + 1 may be twisted once each; between cups only, if there are cups."""
    return list(range(2, strands, 2) if strands % 2 == 0 and strands > 2 else range(1, strands))


def _twists(strands: int, target: float, rng: random.Random) -> list[tuple[int, tuple[int, ...]]]:
    """Power and, where they are prescribed, slots of each twist, with |E| near `target`."""

    def badness(choice: tuple[tuple[int, ...], tuple[float, ...]]) -> tuple[float, int]:
        powers, moduli = choice
        return max(CLOSE_ENOUGH, *(abs(modulus - target) for modulus in moduli)), sum(map(abs, powers))

    powers, _ = min(_choices(strands), key=badness)
    if strands == 4:
        sign = rng.choice((1, -1))
        return [(sign * power, (slot,)) for power, slot in zip(powers, (2, 1, 2), strict=True)]
    return [(rng.choice((1, -1)) * power, ()) for power in rng.sample(powers, len(powers))]


@cache
def _choices(strands: int) -> tuple[tuple[tuple[int, ...], tuple[float, ...]], ...]:
    """Powers a centre may have, up to order and signs, and |E| of the closures in which it varies.

    On 4 strands the powers are in order, and only the mirror image of the whole is left out.
    """
    powers: list[tuple[int, ...]]
    if strands == 4:
        powers = list(product(range(6), range(-4, 6), range(-4, 6)))
    else:
        most = min(MAX_TWISTS, len(_slots(strands)))
        powers = [chosen for count in range(most + 1) for chosen in combinations_with_replacement(range(1, 6), count)]
    # Rounded: moduli such as t(1)^2 and t(2) are equal, and the last bit must not choose between them.
    moduli = [
        {closure: round(abs(value), 9) for closure, value in _values(strands, chosen).items()} for chosen in powers
    ]
    if strands == 2:
        moduli = [{Closure.MARKOV: found[Closure.MARKOV]} for found in moduli]
    return tuple((chosen, tuple(found.values())) for chosen, found in zip(powers, moduli, strict=True))


def _heights(strands: int, rng: random.Random) -> list[int]:
    """A random height for each strand, 0-based; for even strands those of a cup are neighbours."""
    if strands % 2:
        return rng.sample(range(strands), strands)
    cups = rng.sample(range(strands // 2), strands // 2)
    return [2 * cup + side for cup in cups for side in rng.choice(((0, 1), (1, 0)))]


def _layered_wall(height: Sequence[int], layers: int, rng: random.Random) -> tuple[list[list[int]], list[list[int]]]:
    """Brick layers of a trivial braid, and the place of every strand before each of them and at the end.

    Places are 0-based. The first `layers` layers are random, the others sort the strands.
    """
    strands = len(height)
    line = list(range(strands))
    place = list(line)
    wall: list[list[int]] = []
    places = [list(place)]
    while len(wall) < layers or line != sorted(line):
        letters = []
        for i in range(len(wall) % 2, strands - 1, 2):
            a, b = line[i], line[i + 1]
            if rng.random() < DENSITY if len(wall) < layers else a > b:
                letters.append(i + 1 if height[a] > height[b] else -(i + 1))
                line[i], line[i + 1] = b, a
                place[a], place[b] = i + 1, i
        wall.append(letters)
        places.append(list(place))
    return wall, places


def _scattered(
    twists: Sequence[tuple[int, tuple[int, ...]]],
    height: Sequence[int],
    places: Sequence[Sequence[int]],
    rng: random.Random,
) -> tuple[list[int], list[list[int]]]:
    """The centre, and its letters scattered over the layers: what to insert before each of them and at the end."""
    strand_at = sorted(range(len(height)), key=height.__getitem__)
    free = _slots(len(height))
    centre: list[int] = []
    inserted: list[list[int]] = [[] for _ in places]
    for step, (power, slots) in enumerate(twists):
        # One stretch of the depth for each twist, so those that do not commute stay in order.
        start, stop = (edge * len(places) // len(twists) for edge in (step, step + 1))
        gaps: dict[tuple[int, int], int] = {}
        for slot in slots or free:
            a, b = strand_at[slot - 1], strand_at[slot]
            gaps |= {
                (time, slot): abs(places[time][a] - places[time][b]) for time in range(start, max(stop, start + 1))
            }
        nearest = min(gaps.values())
        meetings = [meeting for meeting, gap in gaps.items() if gap == nearest]
        slot = rng.choice(meetings)[1]
        times = [time for time, other in meetings if other == slot]
        sign = 1 if power > 0 else -1
        centre += [sign * slot] * abs(power)
        pair = strand_at[slot - 1], strand_at[slot]
        for time, count in Counter(rng.choice(times) for _ in range(abs(power))).items():
            inserted[time] += _half_twists(places[time], height, pair, sign * count)
        free = [other for other in free if other != slot]
    return centre, inserted


def _half_twists(place: Sequence[int], height: Sequence[int], pair: tuple[int, int], power: int) -> list[int]:
    """Letters of half twists of two strands of neighbouring heights; if they are apart, one goes and comes back."""
    left, right = sorted(pair, key=place.__getitem__)
    line = sorted(range(len(place)), key=place.__getitem__)
    way = [i if height[line[i - 1]] > height[right] else -i for i in range(place[right], place[left] + 1, -1)]
    twist = place[left] + 1 if power > 0 else -(place[left] + 1)
    return [*way, *[twist] * abs(power), *(-letter for letter in reversed(way))]
