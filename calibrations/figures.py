"""Constants no run of plait has measured yet: cited from the published analysis, or assumed with a reason."""

from typing import NamedTuple


class Figure(NamedTuple):
    """A range, its basis and where it comes from; draws are uniform within it."""

    low: float
    high: float
    unit: str
    basis: str
    source: str


_FIT = "fit of rel_err = 1 - exp(-k eps g) to 23,819 published noisy simulations of arXiv:2503.05625, 20..551 crossings"

FIGURES: dict[str, Figure] = {
    "k_2q": Figure(0.640, 0.770, "1", "cited", f"{_FIT}: 0.770(5) at 1e-4, 0.6400(12) at 5e-4, with error detection"),
    "K_2q": Figure(
        0.422, 0.448, "1", "cited", "discard rates of the same data: 4.483e-5 a gate at 1e-4, 2.1106e-4 at 5e-4"
    ),
    "u_2q": Figure(0.038, 0.038, "1", "cited", "standard deviation of a uniform k_2q within its cited range"),
    "k_idle": Figure(0.5, 1.0, "1", "assumed", "an idle error is damped like a gate error or, undetected, in full"),
    "K_idle": Figure(0.2, 0.5, "1", "assumed", "an idle error is detected as often as a gate error, or half as often"),
    "u_idle": Figure(0.144, 0.144, "1", "assumed", "standard deviation of a uniform k_idle within its assumed range"),
    "k_spam": Figure(
        0.5, 1.0, "1", "assumed", "as for idle errors: one flipped bit takes the shot out of the all-zero outcome"
    ),
    "x_ref": Figure(0.5, 2.0, "1", "assumed", "benchmark shots that fix the damping, per shot on the braid"),
    "z": Figure(0.0, 1.0, "1", "assumed", "spread of z_s over s, anywhere between none and the largest possible"),
    "g_slice": Figure(
        0.3,
        1.5,
        "1",
        "assumed",
        "annealing under a size cap costs almost nothing near the natural width, slicing a fixed tree far more",
    ),
}
