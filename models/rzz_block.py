"""One run sigma^k as three RZZ gates, in closed form.

sigma^k = A^k (1 + (r-1) P), r = e^{i eta}, eta = 3 pi k/5, acts on bits (a, b, c), is diagonal in a and c, and need
only be right on 010, 011, 101, 110, 111. The echo circuit asks one thing more: |000> must come back to itself with
a known phase. So, less the factor A^k, the bit b must see one of four 2 x 2 matrices u_ac:

    u_00 = diag(q, r)    u_01 = diag(p, 1)    u_10 = diag(p', 1)    u_11 = M = 1 + (r-1) v v^T,  v = (1/phi, phi^{-1/2})

with q, p, p' any phases (the block's action on 000, 001 and 100). RZZ gates on bc, ab, bc with one-qubit gates on b
between them, and phases f^a and g_c on the controls, make u_ac = f^a g_c L_c e^{i beta a Z} R_c. Hence
u_1c u_0c^{-1} = f L_c e^{i beta Z} L_c^{-1}: the same spectrum for both values of c. For c = 0 it is {p'/q, 1/r};
for c = 1 it is that of M diag(1/p, 1). Equal determinants and traces, and 1 - phi^{-2} = 1/phi, force

    p = w / conj(w) = e^{2 i chi},    w = r + 1/phi,  chi = arg w,
    beta = 3 eta/2 - chi (mod pi),    f = e^{i beta} / r.

For c = 0 the axis of the rotation is z; for c = 1 it has azimuth -chi and polar angle theta,

    cos(theta/2) = 1 / (phi sqrt(phi^2 + 2 cos eta)).

So L_1 L_0^{-1} must carry z there: it turns by at least theta, and the same holds for R_1 R_0^{-1}. An RZZ(gamma)
from c turns b by 2 gamma between c = 0 and c = 1, so either outer angle is at least theta/2 in size. The choice
q = p r reaches both bounds at once, with L_0 = 1, L_1 the least rotation from z to the axis, R_c = L_c^{-1} diag(p, 1):

    u_ac = r^{1-c} f^a L_c e^{i beta a Z} L_c^{-1} diag(p, 1).

With K = PhasedX(pi/2, -chi) and J = K^{-1}, the controlled rotations are

    L_c = K Rz(-theta/2) RZZ_bc(theta/2) K^{-1},    L_c^{-1} = J Rz(-theta/2) RZZ_bc(theta/2) J^{-1}.

Moving every Rz to the end of the block (RZZ commutes with it; PhasedX only has its phase shifted) leaves what
`RzzBlock` lists.

All angles are in half-turns (1 is pi): RZZ(t) = exp(-i pi t/2 Z Z), Rz(t) = exp(-i pi t/2 Z) and
PhasedX(t, p) = Rz(p) exp(-i pi t/2 X) Rz(-p). Source: own derivation.
"""

import cmath
import math
from dataclasses import dataclass
from functools import lru_cache

from plait.models.errors import PlaitError
from plait.models.fibonacci import PHI

AB, BC = (0, 1), (1, 2)


@dataclass(frozen=True, kw_only=True)
class RzzBlock:
    """Gates for sigma^power on (a, b, c), in order: pulse, RZZ, pulse, RZZ, pulse, RZZ, pulse, then the Rz's.

    Up to one global phase they act as sigma^power where the Fibonacci rule allows, and send |000> to
    exp(i pi phase0) |000>. Every angle is in half-turns.

    Args:
        power: k, 1..9.
        pairs: what each RZZ acts on, as places among (a, b, c): bc, ab, bc.
        angles: of the three RZZ gates.
        pulses: (theta, phi) of the four PhasedX gates, all on b.
        rz: closing virtual Rz angles of a, b and c.
        phase0: phase of |000> relative to the phase of sigma^power.
    """

    power: int
    pairs: tuple[tuple[int, int], tuple[int, int], tuple[int, int]] = (BC, AB, BC)
    angles: tuple[float, float, float]
    pulses: tuple[tuple[float, float], ...]
    rz: tuple[float, float, float]
    phase0: float


def rzz_block(power: int) -> RzzBlock:
    """The three-RZZ block of sigma^power with the least sum of |RZZ angle|.

    Args:
        power: any integer that is no multiple of 10; only power mod 10 matters.

    Raises:
        PlaitError: power is a multiple of 10: sigma^10 = 1 needs no gates.

    >>> block = rzz_block(5)
    >>> [round(abs(angle), 5) for angle in block.angles], len(block.pulses)
    ([0.21207, 0.5, 0.21207], 4)
    """
    if power % 10 == 0:
        raise PlaitError(f"power = {power} is a multiple of 10: sigma^10 = 1 needs no block; drop the run")
    return _block(power % 10)


@lru_cache(maxsize=9)
def _block(k: int) -> RzzBlock:
    eta = 3 * k % 10 / 5
    r = cmath.exp(1j * math.pi * eta)
    chi = cmath.phase(r + 1 / PHI) / math.pi
    outer = math.acos(1 / (PHI * math.sqrt(PHI**2 + 2 * r.real))) / math.pi
    # A half-turn more or less in beta only flips the sign of f, so the middle angle fits within a quarter-turn.
    beta = math.remainder(1.5 * eta - chi, 1)
    return RzzBlock(
        power=k,
        angles=(outer, beta, outer),
        pulses=(
            (0.5, chi),
            (-0.5, chi + outer),
            (-0.5, chi + outer + beta),
            (0.5, chi + 2 * outer + beta),
        ),
        rz=(beta - eta, -2 * (chi + outer) - beta, -eta),
        phase0=math.remainder(eta + 2 * chi + eta, 2),  # arg of p r A^k, and A^k = r
    )
