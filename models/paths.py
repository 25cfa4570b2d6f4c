"""Drawing the path s on which an echo circuit runs."""

import random

from plait.models.braid import check_strands
from plait.models.errors import PlaitError
from plait.models.fibonacci import PHI, fibonacci


def sample_path(strands: int, rng: random.Random) -> tuple[int, ...]:
    """Draw a path s_0..s_n with probability proportional to phi^{s_n}, as the Markov trace weighs it.

    There are F_n paths that end in 1 and F_{n-1} that end in 0, and F_n phi + F_{n-1} = phi^n, so
    P(s_n = 1) = F_n phi^{1-n}; paths with the same last bit are equally likely.

    Args:
        strands: n, 1..1000.
        rng: source of randomness; two draws are taken from it.

    Returns:
        n+1 bits.

    Raises:
        PlaitError: strands is out of range.

    >>> sample_path(5, random.Random(1))
    (0, 1, 1, 1, 1, 1)
    """
    n = check_strands(strands)
    ends_in_one = rng.random() < fibonacci(n) * PHI ** (1 - n)
    bits = [int(ends_in_one)]
    # From the top bit down, `ones` paths lead to a one at this place and `zeros` to a zero. The rank names one path.
    ones, zeros = fibonacci(n), fibonacci(n - 1)
    rank = rng.randrange(ones if ends_in_one else zeros)
    for _ in range(n):
        ones, zeros = zeros, ones - zeros
        if bits[-1] == 0 or rank < ones:
            bits.append(1)
        else:
            rank -= ones
            bits.append(0)
    return tuple(reversed(bits))


def plat_path(strands: int) -> tuple[int, ...]:
    """The one path of the plat closure, 0101..10: every cup joins a pair of strands.

    Raises:
        PlaitError: strands is out of range or odd.

    >>> plat_path(4)
    (0, 1, 0, 1, 0)
    """
    n = check_strands(strands)
    if n % 2:
        raise PlaitError(f"strands = {n}: the plat closure needs an even number of strands; add a strand")
    return tuple(i % 2 for i in range(n + 1))
