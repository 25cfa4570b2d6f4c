"""The Fibonacci representation at A = exp(3 pi i/5): constants, local matrices, dimensions.

A path is a bit string s_0..s_n with s_0 = 0, s_1 = 1 and no two adjacent zeros; there are F_{n+1} of them
(F_1 = F_2 = 1). sigma_i acts on bits (i-1, i, i+1), is diagonal in the outer two and changes only the middle one.
"""

import cmath
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PHI = (1 + math.sqrt(5)) / 2
A = cmath.exp(3j * math.pi / 5)


def fibonacci(k: int) -> int:
    """F_k with F_0 = 0, F_1 = F_2 = 1.

    >>> [fibonacci(k) for k in range(8)]
    [0, 1, 1, 2, 3, 5, 8, 13]
    """
    a, b = 0, 1
    for _ in range(k):
        a, b = b, a + b
    return a


def dimension(strands: int) -> int:
    """Number of paths F_{n+1} on n strands.

    >>> dimension(29)
    832040
    """
    return fibonacci(strands + 1)


def crossing_matrix(power: int) -> "NDArray[np.complex128]":
    """sigma^power as a face weight W[a, b_out, b_in, c]; shape (2, 2, 2, 2), dimensionless.

    sigma^k = A^k (1 + (e^{3 pi i k/5} - 1) P) with P the projector E/phi: 1 on 010, and v v^T on (101, 111) with
    v = (1/phi, phi^{-1/2}). Entries that break the Fibonacci rule are 0.
    """
    import numpy as np

    k = power % 10
    turn = cmath.exp(3j * math.pi * k / 5) - 1
    v = np.array([1 / PHI, PHI**-0.5])
    weight = np.zeros((2, 2, 2, 2), complex)
    weight[0, 1, 1, 0] = 1 + turn
    weight[0, 1, 1, 1] = weight[1, 1, 1, 0] = 1
    weight[1, :, :, 1] = np.eye(2) + turn * np.outer(v, v)
    return np.asarray(A**k * weight)


def framing(writhe: int) -> complex:
    """(-A)^(-3 writhe), reduced exactly before it is raised (period 10)."""
    return cmath.exp(-1j * math.pi * (24 * writhe % 10) / 5)


def expected_ones(strands: int) -> float:
    """E[number of ones among s_2..s_n] for s drawn with weight phi^{s_n}: sum of F_i phi^{1-i}, i = 2..n.

    >>> round(expected_ones(15), 3)
    10.054
    """
    return sum(fibonacci(i) * PHI ** (1 - i) for i in range(2, strands + 1))


def is_path(s: Sequence[int]) -> bool:
    """True if s is a bit string s_0 s_1.. = 0 1.. without adjacent zeros.

    >>> is_path((0, 1, 0, 1)), is_path((0, 1, 0, 0))
    (True, False)
    """
    return (
        len(s) >= 2
        and tuple(s[:2]) == (0, 1)
        and all(bit in (0, 1) for bit in s)
        and all(a or b for a, b in pairwise(s))
    )
