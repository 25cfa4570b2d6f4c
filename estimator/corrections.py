"""What each correction of the published analysis does to its boundary: one at a time, and one after another.

Everything starts from the shipped study `paper` (2,759 crossings with the memory cliff). Without uncertainty every
contender has one best guess, the median of its draws; with it, every draw has a boundary of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import Calibration, paper_forms
from plait.estimator.boundary import edges, summary
from plait.estimator.contender import Contender
from plait.estimator.draws import Draws
from plait.estimator.line import line_outcomes
from plait.estimator.machine import load_machine
from plait.estimator.outcomes import gap
from plait.estimator.study import Study, load_study, override
from plait.models import Closure, find_model

Array = NDArray[np.float64]
SIGNAL = 0.484
"""Median |E| of the 23,819 published simulations; eps is the published relative error times this."""
POINT = 2800
"""Crossings of the published advantage point, where gaps are told."""
DRAWS = 200
QUANTILES = (0.05, 0.5, 0.95)
UNLIMITED = "frontier.M=1e30"


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """One way to answer the published question along the published line; the defaults are the publication's.

    Args:
        methods: "published", or "measured": face-tn-fib and fib-typical at the rates of real runs.
        word: "given", or "minimised" first, by both sides.
        layout, depth, shots, discard: variants of paper-cfev.
        idle: idle error per qubit and layer: none, that of machine qpu-1e-4, or that of h2-2.
        efficiency: "full", or "eta": the machine's share, a range where there are draws.
        memory: "cliff", or "sliced": variants of the published methods.
        spread: "none", or "drawn": fits, constants, layer time, memory and efficiency as ranges.
        family: of braids.
    """

    methods: str = "published"
    word: str = "given"
    layout: str = "published"
    depth: str = "line"
    shots: str = "published"
    discard: str = "free"
    idle: str = "none"
    efficiency: str = "full"
    memory: str = "cliff"
    spread: str = "none"
    family: str = "brickwall"


@dataclass(frozen=True, kw_only=True)
class Correction:
    """One of them.

    Args:
        key: short name.
        name: for people.
        what: in place of what.
        changes: to the assumptions.
        needs: other changes without which it means nothing; "alone" is then told against these.
        note: why it is not told alone or together, or what it cannot tell.
        cumulated: whether it is one of the steps that follow one another.
    """

    key: str
    name: str
    what: str
    changes: Mapping[str, str]
    needs: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    cumulated: bool = True


CORRECTIONS = (
    Correction(
        key="method",
        name="better classical methods",
        what="face-tn-fib and fib-typical at the rates of real runs, in place of the four published methods",
        changes={"methods": "measured"},
        note="face-tn-fib slices beyond the memory, whatever is assumed of memory; eta = 1 until efficiency is charged",
    ),
    Correction(
        key="minimised",
        name="minimised braids",
        what="both sides shorten a random word first; the published fits are then used at the smaller size",
        changes={"word": "minimised"},
        note="the published fits know un-minimised braids only; depth is taken to shrink as the crossings do",
    ),
    Correction(
        key="circuits",
        name="reduced circuits",
        what="n - 1 qubits, known bits, a fan-out of logarithmic depth; 3 layers per layer of the line as published",
        changes={"layout": "reduced"},
        note="fewer gates cost no less until shots follow from errors: alone, only the fan-out counts",
    ),
    Correction(
        key="discard",
        name="discarded shots",
        what="shots over the keep rate of error detection, in place of 10,000 kept for free",
        changes={"discard": "charged"},
    ),
    Correction(
        key="shots",
        name="shots from the question",
        what="as many as eps = 0.356 |E| with probability 0.95 takes at |E| = 0.484, benchmark braids charged",
        changes={"shots": "asked"},
    ),
    Correction(
        key="idle",
        name="idle error 1e-5",
        what="per qubit and layer, as on machine qpu-1e-4: a fiftieth of what today's machines have",
        changes={"idle": "qpu-1e-4"},
        needs={"shots": "asked", "discard": "charged"},
        note="no published cost depends on errors: told against shots from the question with discarded ones charged",
    ),
    Correction(
        key="efficiency",
        name="efficiency",
        what="the share eta of the stated rate (frontier: 0.1, range 0.01 to 0.5), in place of all of it",
        changes={"efficiency": "eta"},
    ),
    Correction(
        key="memory",
        name="slicing",
        what="more operations beyond the memory, in place of no answer",
        changes={"memory": "sliced"},
        note="networks by plait's law of slicing; no such law is known for the operator (mpo-proj) and the state, "
        "whose memory is then not charged at all: a bound that favours classical. Measured methods are sliced anyway",
    ),
    Correction(
        key="depth",
        name="depth of such braids",
        what="depth in runs of random braids of density 2/3 at as many strands and crossings, in place of the line's",
        changes={"depth": "family"},
    ),
    Correction(
        key="uncertainty",
        name="uncertainty",
        what="scatter of the published fits, draws of plait's constants, ranges of layer time, memory and efficiency",
        changes={"spread": "drawn"},
        note="the published scatter is that of one braid inside the data; what extrapolation adds is not known. "
        "Operations and elements of one braid are drawn apart, for their correlation was not published",
    ),
    Correction(
        key="idle-today",
        name="idle error of H2-2",
        what="the transport error that machine h2-2 states, in place of none",
        changes={"idle": "h2-2"},
        needs={"shots": "asked", "discard": "charged"},
        note="told against the same; another value of the idle error, so not one of the steps",
        cumulated=False,
    ),
    Correction(
        key="planted",
        name="braids of known value",
        what="planted braids, disguised links as the published benchmark has them, in place of random ones",
        changes={"family": "planted"},
        needs={"methods": "measured", "word": "minimised"},
        note="another family, so not one of the steps; told against minimised random braids",
        cumulated=False,
    ),
)
"""In the order in which they are cumulated; those that are not come last."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """The boundary and the gap under one set of assumptions.

    Args:
        crossings: 5, 50, 95 % of the boundary on the line; None: beyond its end, or never.
        censored: "above" where a quantile is None because quantum is not ahead up to the end of the line; "below" where
            it is ahead from the start; "".
        p_entered: share of draws in which quantum is ahead somewhere on the line.
        gap: 5, 50, 95 % of log10 (best classical over quantum seconds) at POINT on time alone, without a limit of
            memory: above 0 quantum is ahead; None: a side has no answer.
        silent: the side that has no answer at POINT in half of the draws.
        boundary_decades: log10 of this boundary over the one it is told against; None if either is none.
        gap_decades: median gap less that of the one it is told against.
    """

    crossings: tuple[float | None, float | None, float | None]
    censored: str
    p_entered: float
    gap: tuple[float | None, float | None, float | None]
    silent: str = ""
    boundary_decades: float | None = None
    gap_decades: float | None = None

    @property
    def never(self) -> bool:
        """Whether half of the draws or more have no boundary on the line."""
        return self.crossings[1] is None and self.censored == "above"

    def against(self, other: "Step") -> "Step":
        """The same, told against another."""
        here, there = self.crossings[1], other.crossings[1]
        moved = float(np.log10(here / there)) if here and there else None
        mine, its = self.gap[1], other.gap[1]
        return replace(
            self, boundary_decades=moved, gap_decades=mine - its if mine is not None and its is not None else None
        )

    def as_json(self) -> dict[str, Any]:
        """For `plait corrections --json`."""
        marks = ("p05", "p50", "p95")
        return {
            **{f"crossings_{mark}": value for mark, value in zip(marks, self.crossings, strict=True)},
            "never": self.never,
            **({"censored": self.censored} if self.censored else {}),
            "p_entered": self.p_entered,
            **{f"gap_{mark}": value for mark, value in zip(marks, self.gap, strict=True)},
            **({"no_answer": self.silent} if self.silent else {}),
            "boundary_decades": self.boundary_decades,
            "gap_decades": self.gap_decades,
        }


@dataclass(frozen=True, kw_only=True)
class Corrected:
    """A correction, alone (told against the publication and what it needs) and together with those before it."""

    correction: Correction
    alone: Step
    together: Step | None


@dataclass(frozen=True, kw_only=True)
class Waterfall:
    """The publication, every correction, and the ends of the line in crossings."""

    published: Step
    corrected: tuple[Corrected, ...]
    line: tuple[int, int]


def waterfall(calibration: Calibration, progress: Callable[[int, int], None] | None = None) -> Waterfall:
    """Every correction alone and together with those before it.

    Args:
        calibration: constants and their draws.
        progress: called with (steps done, steps in all).
    """
    known: dict[Assumptions, Step] = {}
    total = 2 * len(CORRECTIONS)
    done = 0

    def at(assumed: Assumptions) -> Step:
        if assumed not in known:
            known[assumed] = boundary_under(assumed, calibration)
        return known[assumed]

    published = at(Assumptions())
    so_far, found = Assumptions(), []
    for correction in CORRECTIONS:
        base = replace(Assumptions(), **correction.needs)
        alone = at(replace(base, **correction.changes)).against(at(base))
        done += 1
        if progress:
            progress(done, total)
        together = None
        if correction.cumulated:
            before, so_far = so_far, replace(so_far, **correction.changes)
            together = at(so_far).against(at(before))
        done += 1
        if progress:
            progress(done, total)
        found.append(Corrected(correction=correction, alone=alone, together=together))
    line = load_study("paper").line
    assert line is not None
    places = line.places()
    return Waterfall(published=published, corrected=tuple(found), line=(places[0], places[-1]))


def boundary_under(assumed: Assumptions, calibration: Calibration) -> Step:
    """The boundary along the published line, and the gap at POINT."""
    study = study_under(assumed)
    assert study.line is not None
    places = np.array(study.line.places(), float)
    entered = next((x for x in edges(places, _gap(study, assumed, calibration)) if x[0] == "enter"), None)
    one = replace(study, line=study.line.model_copy(update={"crossings": [POINT]}))
    there = np.quantile(
        _gap(override(one, settings=[UNLIMITED]), assumed, calibration)[0], QUANTILES, method="inverted_cdf"
    )
    low, middle, high = (float(x) if np.isfinite(x) else None for x in there)
    silent = "" if middle is not None else "quantum" if there[1] < 0 else "classical"
    told: dict[str, Any] = summary("crossings", entered[1]) if entered else {"censored": "above"}
    return Step(
        crossings=(told.get("crossings_p05"), told.get("crossings_p50"), told.get("crossings_p95")),
        censored=told.get("censored", ""),
        p_entered=entered[2] if entered else 0.0,
        gap=(low, middle, high),
        silent=silent,
    )


def _gap(study: Study, assumed: Assumptions, calibration: Calibration) -> Array:
    """log10 of best classical over quantum seconds, shape (place, draw); one column of best guesses without spread."""
    seen = line_outcomes(study, Closure.MARKOV, calibration, Draws.make(study.draws, study.seed))
    costs = seen.costs()[:, 0]
    if assumed.spread == "none":
        costs = np.quantile(costs, [0.5], axis=-1, method="inverted_cdf").transpose(1, 2, 0)
    return gap(costs[seen.quantum][0], costs[~seen.quantum].min(axis=0))


def study_under(assumed: Assumptions) -> Study:
    """The study `paper` with other assumptions.

    >>> [contender.name for contender in study_under(Assumptions(methods="measured", shots="asked")).contenders]
    ['paper-cfev[asked]@qpu-1e-4-idle-free', 'face-tn-fib@frontier', 'fib-typical@frontier']
    """
    paper = load_study("paper")
    quantum, *classical = paper.contenders
    assert quantum.machine is not None
    machine = load_machine("qpu-1e-4") if assumed.idle == "qpu-1e-4" else quantum.machine
    contenders = [replace(quantum, machine=machine, variant=_variant(quantum, assumed), overrides=())]
    settings = []
    if assumed.methods == "published":
        contenders += [replace(one, variant=_variant(one, assumed), overrides=()) for one in classical]
    else:
        names = ["face-tn-fib", "fib-typical", *(["simplify"] if assumed.word == "minimised" else [])]
        contenders += [Contender(model=find_model(name), machine=classical[0].machine) for name in names]
        settings += ["frontier.eta=1"] if assumed.efficiency == "full" else []
    if assumed.idle == "h2-2":
        settings.append(f"quantum.e_idle={load_machine('h2-2').figures['e_idle'].value:g}")
    if assumed.spread == "none":
        kept = [entry for entry in paper.overrides if entry.target.symbol in ("t_layer", "M")]
        settings += [f"{entry.key}={entry.low:g}" for entry in kept]
    elif assumed.methods == "published":
        settings += _scatter()
    return override(
        replace(paper, contenders=tuple(contenders), overrides=(), draws=DRAWS),
        eps=paper.question.eps * SIGNAL,
        signal=(SIGNAL, SIGNAL),
        settings=[*settings, f"family={assumed.family}"],
    )


def _variant(contender: Contender, assumed: Assumptions) -> tuple[tuple[str, str], ...]:
    """Units as the study has them, and what is not the first value of an option."""
    wanted: dict[str, str] = dict(contender.variant)
    for option, known in contender.model.variants.items():
        value = asdict(assumed).get(option, known[0])
        value = "free" if value == "sliced" and value not in known else value
        if value != known[0]:
            wanted[option] = value
    return tuple(wanted.items())


def _scatter() -> list[str]:
    """Factors on published counts with the standard deviation of their residuals, log-uniform."""
    found = []
    for forms, letter in ((paper_forms.OPERATIONS, "C"), (paper_forms.ELEMENTS, "P")):
        for model, form in forms.items():
            most = 10 ** (np.sqrt(3) * form.sigma)
            symbol = f"{letter}_{model.removeprefix('paper-').removesuffix('-proj')}"
            symbol = {"C_bracket": "C_br", "P_bracket": "P_br"}.get(symbol, symbol)
            found.append(f"{model}.{symbol}=x{1 / most:.6g}..{most:.6g}")
    return found
