"""Shorter words for a closed braid: the same oriented link, so the same Jones polynomial at every t.

Every move is an isotopy of the link, never sigma^10 = 1:
- cancellation of inverse letters through letters that commute with both (Markov: also around the closure);
- a strand laid anew at its own height along a shortest way (`plait.models.minimise_kernel`), which includes the
  three-strand relation; the strands and the braid itself stay the same, for Markov up to conjugation;
- plat: a kink at a cup or cap is untwisted, and neighbouring cups that pass each other are exchanged (Hilden's moves,
  Pacific J. Math. 59, 1975). Both can turn round the orientation that plait gives a component: a kink that decides it
  is kept;
- Markov, effort 2: a generator used exactly once is a nugatory crossing, and goes with one strand (destabilisation, and
  its form in the middle of the braid).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plait.models.braid import Braid, check_int
from plait.models.closure import Closure
from plait.models.fibonacci import PHI, framing
from plait.models.link import check_closable, close

if TYPE_CHECKING:
    from plait.models.minimise_kernel import Ints, Uints

SHAKES = (0, 8, 64)
"""By effort: shakes in a round. One shake lays MOVES windows per crossing at random, then settles."""
MOVES = 4
REACH = 256
"""Letters in the longest window of a shake."""
SWEEP_VISITS = 500_000_000
"""Letters one sweep may visit before its windows are cut short (never below 8 per strand)."""


@dataclass(frozen=True, kw_only=True)
class Minimised:
    """A shorter word for the same closed braid.

    Args:
        braid: the shorter braid; on fewer strands only at effort 2, Markov.
        crossings_before: letters of the given braid.
        crossings_after: letters of `braid`.
        factor: E of the given braid = factor * E of `braid`, where E is the normalised value of
            `plait.models.exact.JonesValue`. The factor is 1 while no plat kink and no strand is dropped.
    """

    braid: Braid
    crossings_before: int
    crossings_after: int
    factor: complex


def minimise(braid: Braid, closure: Closure | str, effort: int = 1, *, seed: int = 0) -> Minimised:
    """Shorten a closed braid without changing the oriented link it closes to.

    Rounds of effort 0, 1.. are repeated until none shortens the word. So the answer is never longer than what was given
    or than that of a lower effort, and minimising it again with the same effort and seed returns it unchanged.

    Args:
        braid: any braid.
        closure: that makes the link.
        effort: 0 cancellation and plat kinks, in passes of time linear in the crossings; 1 also strands laid anew,
            passing cups and 8 shakes a round; 2 also rounds of 64 shakes, and dropped strands (Markov).
        seed: of the shakes, so efforts 1 and 2 depend on it.

    Raises:
        PlaitError: plat closure of an odd number of strands; effort or seed out of range.

    >>> minimise(Braid.parse("1 3 2 2 -3 -1"), "markov", 0).braid.word
    (2, 2)
    """
    closure = check_closable(braid, closure)
    check_int("effort", effort, 0, 2)
    check_int("seed", seed, 0, 2**63 - 1)
    strands, word = braid.strands, braid.word
    level = 0
    while level <= effort:
        found, shorter = _round(strands, word, closure, level, seed)
        if len(shorter) < len(word):
            strands, word, level = found, shorter, 0
        else:
            level += 1
    made = Braid(strands=strands, word=word)
    twist = close(made, closure).writhe - close(braid, closure).writhe
    factor = framing(twist) * PHI ** (strands - braid.strands)
    return Minimised(braid=made, crossings_before=braid.crossings, crossings_after=made.crossings, factor=factor)


def cancel(word: Iterable[int]) -> tuple[int, ...]:
    """Drop inverse letters that meet through commuting ones; the rest stay in order. Time linear in the letters.

    >>> cancel((1, 3, 2, -2, -1, 2))
    (3, 2)
    """
    letters = list(word)
    last: dict[int, list[int]] = {}  # position -> places of its letters that are left
    for place, letter in enumerate(letters):
        i = abs(letter)
        own = last.setdefault(i, [])
        blocker = max((last[j][-1] for j in (i - 1, i + 1) if last.get(j)), default=-1)
        if own and own[-1] > blocker and letters[own[-1]] == -letter:
            letters[own.pop()] = letters[place] = 0
        else:
            own.append(place)
    return tuple(letter for letter in letters if letter)


def cancel_cyclically(word: Iterable[int]) -> tuple[int, ...]:
    """`cancel`, also of letters at the end against letters at the beginning (Markov closure).

    >>> cancel_cyclically((1, 2, 3, 2, -3, -1))
    (2, 3, 2, -3)
    """
    letters = list(cancel(word))
    positions = {abs(letter) for letter in letters}
    low, high = 0, len(letters)
    while True:
        while low < high and not letters[low]:
            low += 1
        while low < high and not letters[high - 1]:
            high -= 1
        first = _reachable(letters, range(low, high), positions)
        last = _reachable(letters, range(high - 1, low - 1, -1), positions)
        met = [(first[i], last[i]) for i in first.keys() & last.keys()]
        met = [(start, end) for start, end in met if letters[start] == -letters[end]]
        if not met:
            return tuple(letter for letter in letters if letter)
        for start, end in met:
            letters[start] = letters[end] = 0


def _reachable(letters: list[int], places: range, positions: set[int]) -> dict[int, int]:
    """Position -> place of the letter that commutes to the front, in the order of `places`; zeros are skipped."""
    free = set(positions)
    reached: dict[int, int] = {}
    for place in places:
        i = abs(letters[place])
        if i in free:
            reached[i] = place
        if i:
            free -= {i - 1, i, i + 1}
            if not free:
                break
    return reached


def _round(
    strands: int, word: tuple[int, ...], closure: Closure, effort: int, seed: int
) -> tuple[int, tuple[int, ...]]:
    """One round: strands and word of an isotopic closed braid, possibly not shorter."""
    cups = _cups(strands, word)[1] if closure is Closure.PLAT else []
    given, strands_given = word, strands
    word = _tidy(word, closure, cups, effort)
    if effort:
        import numpy as np

        state = np.array([(seed * 0x9E3779B97F4A7C15 + 0x2545F4914F6CDD1D) % 2**64 or 1], dtype=np.uint64)
        for shake in range(SHAKES[effort] + 1):
            word = _relaid(strands, word, state if shake else None)
            word = _tidy(word, closure, cups, effort)
            if closure is Closure.MARKOV:
                if effort == 2:
                    strands, word = _without_single_generators(strands, word)
                turn = len(word) // 3 + shake  # conjugation: the next windows reach across the old cut
                turn %= max(1, len(word))
                word = word[turn:] + word[:turn]
    if closure is Closure.PLAT:
        word = _with_orientation(strands_given, given, word, cups)
    return strands, word


def _relaid(strands: int, word: tuple[int, ...], state: "Uints | None") -> tuple[int, ...]:
    """The word after strands were laid anew: at random first if there is a random state, then while it gains."""
    if not word:
        return word
    import numpy as np

    from plait.models.minimise_kernel import shake, sweep, work_space

    letters: Ints = np.array(word, dtype=np.int64)
    space = work_space(strands, len(word))
    length = len(word)
    if state is not None:
        length = shake(letters, length, strands, REACH, MOVES * length, state, *space)
    while True:
        before = length
        reach = max(8 * strands, SWEEP_VISITS // (4 * max(1, length)))
        length = sweep(letters, length, strands, reach, *space)
        if length == before:
            return tuple(letters[:length].tolist())


def _tidy(word: tuple[int, ...], closure: Closure, cups: list[int], effort: int) -> tuple[int, ...]:
    """The word after cancellation and, for the plat closure, after the moves of both ends.

    cups[j] is the direction of the left end of cup j (+1 up); the moves at the bottom update it in place.
    """
    if closure is Closure.MARKOV:
        return cancel_cyclically(word)
    caps = [1] * len(cups)  # what happens to them does not matter: the strands of the braid go on as before
    while True:
        before = len(word)
        word = _at_cups(_at_cups(cancel(word), cups, effort)[::-1], caps, effort)[::-1]
        if len(word) == before:
            return word


def _at_cups(word: tuple[int, ...], cups: list[int], effort: int) -> tuple[int, ...]:
    """The word without kinks at the cups and (effort above 0) without cups passing each other there."""
    while True:
        touched: set[int] = set()
        kept = []
        for letter in word:
            i = abs(letter)
            if i % 2 and not touched & {i - 1, i, i + 1}:
                cups[i // 2] *= -1
            else:
                kept.append(letter)
                touched.add(i)
        word = tuple(kept)
        if not effort:
            return word
        gone = _passing_cups(word, cups)
        if not gone:
            return word
        word = tuple(letter for place, letter in enumerate(word) if place not in gone)


def _passing_cups(word: tuple[int, ...], cups: list[int]) -> set[int]:
    """Places of letters that only exchange two neighbouring cups, which are exchanged in `cups`.

    These are sigma_i sigma_(i-1) sigma_(i+1) sigma_i, i even, of any signs that let one cup slip back past the other:
    each strand of the other is passed by both of its strands above, or by both below.
    """
    first: dict[int, list[int]] = {}  # position -> places of its first two letters
    for place, letter in enumerate(word):
        places = first.setdefault(abs(letter), [])
        if len(places) < 2:
            places.append(place)
    gone: set[int] = set()
    i = 2
    while i < 2 * len(cups):
        middle, near = first.get(i, []), [first.get(i + step, []) for step in (-1, 1)]
        far = [first[i + step][0] for step in (-2, 2) if i + step in first]
        if len(middle) == 2 and all(near):
            start, end = middle
            left, right = near[0][0], near[1][0]
            again = [places[1] for places in near if len(places) == 2]
            inside = start < left < end and start < right < end
            signs = [word[place] > 0 for place in (start, left, right, end)]
            slips = (signs[0] == signs[1] and signs[2] == signs[3]) or (signs[0] == signs[2] and signs[1] == signs[3])
            if inside and slips and min([*again, *far], default=end + 1) > end:
                gone |= {start, left, right, end}
                cups[i // 2 - 1], cups[i // 2] = cups[i // 2], cups[i // 2 - 1]
                i += 2  # the next pair shares a cup with this one: next time
        i += 2
    return gone


def _cups(strands: int, word: tuple[int, ...]) -> tuple[list[int], list[int]]:
    """Of every cup of a plat: its component, and the direction of its left end (+1 up), by the rule of Link."""
    line = list(range(strands))
    for letter in word:
        i = abs(letter) - 1
        line[i], line[i + 1] = line[i + 1], line[i]
    top = {bottom: place for place, bottom in enumerate(line)}
    component, direction = [-1] * (strands // 2), [0] * (strands // 2)
    for j in range(strands // 2):
        end = 2 * j  # a bottom end from which the walk goes up
        while component[end // 2] < 0:
            component[end // 2], direction[end // 2] = j, 1 if end % 2 == 0 else -1
            end = line[top[end] ^ 1] ^ 1
    return component, direction


def _with_orientation(strands: int, given: tuple[int, ...], word: tuple[int, ...], cups: list[int]) -> tuple[int, ...]:
    """`word` with a kink for each component that must be turned round to be oriented as in `given`."""
    component, direction = _cups(strands, word)
    names = sorted(set(component))  # a component is named by its leftmost cup; plait.models.link numbers them alike
    link = close(Braid(strands=strands, word=word), Closure.PLAT)
    turned = [k for k, name in enumerate(names) if cups[name] != direction[name]]
    writhe = link.writhe_reversing(tuple(turned))
    choices = []
    for choice in (turned, [k for k in range(len(names)) if k not in turned]):
        for k in list(choice):  # a component that is linked with nothing may run either way
            fewer = [other for other in choice if other != k]
            if link.writhe_reversing(tuple(fewer)) == writhe:
                choice = fewer
        choices.append(choice)
    return (*(2 * names[k] + 1 for k in min(choices, key=len)), *word)


def _without_single_generators(strands: int, word: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """Markov: drop every generator used exactly once, together with one strand."""
    while True:
        count: dict[int, int] = {}
        for letter in word:
            count[abs(letter)] = count.get(abs(letter), 0) + 1
        single = min((i for i, times in count.items() if times == 1), default=0)
        if not single:
            return strands, word
        # What is on its left and on its right is joined at one strand only: conjugate it to the end and merge the two.
        place = next(place for place, letter in enumerate(word) if abs(letter) == single)
        word = word[place + 1 :] + word[:place]
        left = tuple(letter for letter in word if abs(letter) < single)
        right = tuple(letter - (1 if letter > 0 else -1) for letter in word if abs(letter) > single)
        strands, word = strands - 1, left + right
