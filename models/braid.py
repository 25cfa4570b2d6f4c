"""The braid: a number of strands and a word in signed generators."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plait.models.errors import PlaitError, shown

if TYPE_CHECKING:
    from plait.models.closure import Closure
    from plait.models.runs import Run

MAX_STRANDS = 1_000
"""Guard on the width: phi^(n-1) must stay a finite double, and nothing near it can be evaluated anyway."""
MAX_CROSSINGS = 1_000_000
"""Guard on the length of a word."""


@dataclass(frozen=True, kw_only=True)
class Braid:
    """A braid on `strands` strands; letter +i is sigma_i, -i its inverse (1-based).

    With both strands upward, +i is a positive (right-handed) crossing in standard knot-theory convention.
    Strands are stored, never inferred silently: a strand no letter touches still closes into a circle.

    Args:
        strands: number of strands n, 1..MAX_STRANDS.
        word: letters, each a non-zero int with |letter| < strands.

    Raises:
        PlaitError: strands or a letter is not such an int.

    >>> braid = Braid(strands=3, word=(1, -2, 1, -2))
    >>> braid.crossings, braid.depth, str(braid.mirror())
    (4, 4, '-1 2 -1 2')
    """

    strands: int
    word: tuple[int, ...]

    def __post_init__(self) -> None:
        check_strands(self.strands)
        given: object = self.word
        if isinstance(given, str) or not isinstance(given, Sequence):
            raise PlaitError(f"word = {shown(given)}: expected a sequence of ints; for text use Braid.parse")
        if len(self.word) > MAX_CROSSINGS:
            raise PlaitError(f"word has {len(self.word)} letters; the limit is {MAX_CROSSINGS}")
        for place, letter in enumerate(self.word):
            if isinstance(letter, bool) or not isinstance(letter, int):
                raise PlaitError(f"word[{place}] = {shown(letter)} must be a non-zero int (-2 is sigma_2 inverse)")
            if letter == 0:
                raise PlaitError(f"word[{place}] = 0: generators are numbered from 1; use 1..{self.strands - 1}")
            if abs(letter) >= self.strands:
                raise PlaitError(
                    f"word[{place}] = {shown(letter)} needs at least {shown(abs(letter) + 1)} strands, "
                    f"but strands = {self.strands}"
                )
        object.__setattr__(self, "word", tuple(self.word))

    def _repr_svg_(self) -> str:
        """The braid drawn, for notebooks."""
        from plait.models.braid_drawing import braid_svg

        return braid_svg(self.strands, self.word)

    @classmethod
    def parse(cls, text: str, strands: int | None = None) -> "Braid":
        """Read a word such as ``"1 -2 1 -2"`` (commas and brackets allowed).

        Args:
            text: the letters.
            strands: number of strands; None means just enough for the largest letter, so the word must not be empty.

        Raises:
            PlaitError: a token is no int, a letter is out of range, or an empty word comes without strands.

        >>> Braid.parse("1 1 1").strands, Braid.parse("1, 1, 1", strands=4).strands
        (2, 4)
        """
        tokens = re.sub(r"[\[\]\(\),;]", " ", text).split()
        word = []
        for place, token in enumerate(tokens):
            if not re.fullmatch(r"[+-]?[0-9]{1,9}", token):
                raise PlaitError(f"word[{place}] = {shown(token)} is not a signed integer; write e.g. '1 -2 1 -2'")
            word.append(int(token))
        if strands is None:
            if not word:
                raise PlaitError("the word is empty, so the number of strands must be given (--strands N)")
            strands = max(2, max(abs(letter) for letter in word) + 1)
        return cls(strands=strands, word=tuple(word))

    @classmethod
    def brickwall(cls, strands: int, layers: int, p: float = 2 / 3, seed: int = 0) -> "Braid":
        """A random brickwall: alternating layers of odd and even positions, each crossing present with probability p.

        Args:
            strands: n.
            layers: L brick layers asked for; the depth can be smaller where bricks are absent.
            p: density, 0..1; signs are fair coins.
            seed: of ``random.Random``; the same seed gives the same braid everywhere.

        >>> Braid.brickwall(10, 10, seed=0).word[:6], Braid.brickwall(29, 50, seed=0).crossings
        ((-5, 7, -9, -2, 6, -8), 466)
        """
        check_strands(strands)
        check_int("layers", layers, 0, MAX_CROSSINGS)
        check_int("seed", seed, 0, 2**63 - 1)
        if isinstance(p, bool) or not isinstance(p, int | float) or not 0 <= p <= 1:
            raise PlaitError(f"p = {shown(p)} must be a probability, 0..1")
        if layers * (strands // 2) > MAX_CROSSINGS:
            raise PlaitError(
                f"strands = {strands}, layers = {layers} may give {layers * (strands // 2)} crossings; "
                f"the limit is {MAX_CROSSINGS}"
            )
        rng = random.Random(seed)
        word = []
        for layer in range(layers):
            for position in range(1 + layer % 2, strands, 2):
                draw = rng.random()
                if draw < p / 2:
                    word.append(position)
                elif draw < p:
                    word.append(-position)
        return cls(strands=strands, word=tuple(word))

    @classmethod
    def planted(cls, strands: int, layers: int, seed: int = 0) -> "Braid":
        """A random braid whose exact value is known by construction, |E| being spread over 0..1.

        See `plait.models.planted.planted`, which also gives the value, for either closure.

        Args:
            strands: n.
            layers: L brick layers asked for; more follow that undo them, so crossings and depth exceed a brickwall's.
            seed: of ``random.Random``; the same seed gives the same braid everywhere.

        >>> Braid.planted(10, 10, seed=1).word[:6]
        (3, 9, 2, 4, 8, 1)
        """
        from plait.models.planted import planted

        return planted(strands, layers, seed).braid

    @classmethod
    def from_link(cls, link: object) -> "Braid":
        """A braid whose Markov closure is a SnapPy or Spherogram `Link`, oriented alike (or all reversed).

        See `plait.models.planar_diagram.PlanarDiagram`, which reads the object's `PD_code()`; no such package is needed
        here. The handedness is the object's own: Spherogram's `Link("3_1")` is the left-handed trefoil, KnotInfo's 3_1
        the right-handed one.

        Raises:
            PlaitError: no such object, or too many crossings.
        """
        from plait.models.planar_diagram import PlanarDiagram

        return PlanarDiagram.of_link(link).braid()

    def pd_code(self, closure: "Closure | str") -> tuple[tuple[int, int, int, int], ...]:
        """The planar-diagram code of the closed braid, arcs numbered from 1 along the components.

        For SnapPy's or Spherogram's `Link(code)`, among others; see `plait.models.planar_diagram.PlanarDiagram`.

        Raises:
            PlaitError: plat closure of an odd number of strands, or circles without crossings, which no PD code holds.

        >>> Braid.parse("1 1").pd_code("markov")
        ((2, 4, 1, 3), (4, 2, 3, 1))
        """
        from plait.models.planar_diagram import PlanarDiagram

        diagram = PlanarDiagram.of_braid(self, closure)
        if diagram.circles:
            raise PlaitError(
                f"the closed braid has {diagram.circles} circle(s) without crossings, which a PD code cannot hold; "
                "use PlanarDiagram.of_braid, which counts them"
            )
        return diagram.code

    @property
    def crossings(self) -> int:
        """Number of letters m."""
        return len(self.word)

    @property
    def depth(self) -> int:
        """Greedy depth D: layers of letters when each is placed as early as its strands allow."""
        level = [0] * (self.strands + 1)
        for letter in self.word:
            i = abs(letter)
            level[i] = level[i + 1] = max(level[i], level[i + 1]) + 1
        return max(level)

    def mirror(self) -> "Braid":
        """The mirror image (every letter negated); its Jones value is the complex conjugate."""
        return Braid(strands=self.strands, word=tuple(-letter for letter in self.word))

    def runs(self, closure: "Closure | str") -> "tuple[Run, ...]":
        """Powers of generators left after merging equal positions through commuting letters and cancelling.

        See `plait.models.runs.merge_runs`. The operator, and so every z_s, is unchanged up to the known phase
        that plat end kinks leave.
        """
        from plait.models.runs import closed_runs

        return closed_runs(self, closure).runs

    def minimised(self, closure: "Closure | str", effort: int = 1, *, seed: int = 0) -> "Braid":
        """A shorter word for the same closed braid: the oriented link, and so its Jones polynomial, is unchanged.

        See `plait.models.minimise.minimise`, also for what becomes of the normalised value.

        Args:
            closure: that makes the link; what one closure allows changes the link of the other.
            effort: 0 cancellation, 1 also strands laid anew (about a second at 2,800 crossings), 2 a longer search,
                which for the Markov closure may also drop strands.
            seed: of the search; the same seed gives the same word.

        >>> Braid(strands=4, word=(1, 3, 2, 2, -3, -1)).minimised("markov", effort=0).word
        (2, 2)
        """
        from plait.models.minimise import minimise

        return minimise(self, closure, effort, seed=seed).braid

    def __str__(self) -> str:
        return " ".join(map(str, self.word))


def check_int(name: str, value: object, low: int, high: int) -> int:
    """`value` as an int within low..high.

    Raises:
        PlaitError: it is not (bool is not an int here).
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise PlaitError(f"{name} = {shown(value)} must be an integer, {low}..{high}")
    if not low <= value <= high:
        raise PlaitError(f"{name} = {shown(value)} is out of range; expected {low}..{high}")
    return value


def check_strands(strands: object) -> int:
    """`strands` as an int within 1..MAX_STRANDS, else PlaitError."""
    return check_int("strands", strands, 1, MAX_STRANDS)
