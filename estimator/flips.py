"""What would change the verdict at a place: the figures it hangs on most, each asked what it would have to be."""

from collections.abc import Callable

from plait.calibrations import Calibration
from plait.estimator.best_place import Place
from plait.estimator.error_steps import SYMBOL, reads_error
from plait.estimator.study import Study
from plait.estimator.tornado import Tornado
from plait.estimator.what_if import WhatIf, what_if

MOST = 4
"""Bars of the tornado that are asked about, the widest first."""


def keys(study: Study, found: Tornado) -> list[str]:
    """Figures to ask about: of the widest bars, and the two-qubit error of the contender's machine."""
    asked = [bar.key for bar in found.bars[:MOST]]
    contender = next(each for each in study.contenders if each.name == found.contender)
    if contender.machine and reads_error(contender, study):
        asked.append(f"{contender.machine.slug}.{SYMBOL}")
    return list(dict.fromkeys(asked))


def flips(
    study: Study,
    calibration: Calibration,
    place: Place,
    found: Tornado,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> list[WhatIf]:
    """`what_if` for each of them: what the side that does not win today would need to win with probability 0.9.

    Args:
        study: one family of it.
        calibration: constants.
        place: where.
        found: the tornado there.
        progress: called with (figures done, figures in all).
    """
    side = "classical" if place.winner == "quantum" else "quantum"
    asked = keys(study, found)
    answers = []
    for number, key in enumerate(asked):
        if progress:
            progress(number, len(asked))
        answers.append(
            what_if(
                study,
                calibration,
                solve=key,
                strands=place.strands,
                layers=place.layers,
                closure=place.closure,
                side=side,
                contender=place.contender,
            )
        )
    return answers


def flip_words(one: WhatIf) -> dict[str, str]:
    """One answer in words, for a table."""
    unit = "" if one.unit == "1" else f" {one.unit}"
    if one.value is None:
        low, high = one.searched
        needed = f"no value in {low:.1g} .. {high:.1g} does; best p = {one.p_best:.2f}"
    elif not one.needed:
        needed = "as it is"
    else:
        ends = " .. ".join("none" if end is None else f"{end:.3g}" for end in one.interval)
        needed = f"{one.needed} {one.value:.3g}{unit} [{ends}]"
    return {
        "key": one.key,
        "now": "differs between contenders" if one.now is None else f"{one.now:.3g}{unit}",
        "side": one.side,
        "p_now": f"{one.p_now:.2f}",
        "needed": needed,
        "changes": "; ".join(f"{flip.below} below {flip.value:.3g}, {flip.above} above" for flip in one.flips)
        or "never",
    }
