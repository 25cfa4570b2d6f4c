"""Constants where no run has measured them: cited from the published analysis, or assumed with a reason."""

from typing import Literal, NamedTuple


class Figure(NamedTuple):
    """A range, its basis and where it comes from; draws are uniform within it."""

    low: float
    high: float
    unit: str
    basis: Literal["cited", "assumed"]
    source: str


_FIT = "fit of rel_err = 1 - exp(-k eps g) to 23,819 published noisy simulations of arXiv:2503.05625, 20..551 crossings"

FIGURES: dict[str, Figure] = {
    "k_2q": Figure(0.640, 0.770, "1", "cited", f"{_FIT}: 0.770(5) at 1e-4, 0.6400(12) at 5e-4, with error detection"),
    "K_2q": Figure(
        0.422, 0.448, "1", "cited", "discard rates of the same data: 4.483e-5 a gate at 1e-4, 2.1106e-4 at 5e-4"
    ),
    "u_2q": Figure(
        0.0,
        0.038,
        "1",
        "assumed",
        "between none (benchmarks of the same size fix the damping) and the spread of the cited k_2q",
    ),
    "k_idle": Figure(
        0.6,
        0.9,
        "1",
        "assumed",
        "an idle error damps or is rejected, k + K = 1: depolarising near 0.6, dephasing near 0.9",
    ),
    "K_idle": Figure(0.1, 0.4, "1", "assumed", "1 - k_idle, drawn jointly with it"),
    "u_idle": Figure(
        0.0, 0.087, "1", "assumed", "between none and the standard deviation of k_idle in its range, as u_2q"
    ),
    "k_spam": Figure(
        0.5, 1.0, "1", "assumed", "one flipped bit takes a shot out of the all-zero outcome, or is rejected"
    ),
    "K_spam": Figure(0.0, 0.5, "1", "assumed", "1 - k_spam and less: a flipped bit is rejected, damps, or neither"),
    "x_ref": Figure(0.5, 2.0, "1", "assumed", "benchmark shots that fix the damping, per shot on the braid"),
    "z": Figure(0.0, 1.0, "1", "assumed", "spread of z_s over s, anywhere between none and the largest possible"),
    "g_slice": Figure(
        0.0,
        2.7,
        "1",
        "assumed",
        "5..95 % of the trees counted for the shipped calibration: a tree with one wide place is looped for nothing",
    ),
    "h_slice": Figure(0.3, 1.7, "1", "assumed", "the same trees, at 2, 4 and 8 times too little memory"),
    "x_cut": Figure(0.0, 1.2, "1", "assumed", "5..95 % of the trains limited for the shipped calibration"),
    "b_path": Figure(
        8.9,
        18.3,
        "bytes",
        "assumed",
        "peak bytes per path seen: 8.9..10.3 in complex64, 16.9..18.3 in complex128; which of them a machine needs",
    ),
}
