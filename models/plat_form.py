"""The Markov closure of a braid as a plat."""

from plait.models.braid import Braid


def plat_form(braid: Braid) -> Braid:
    """A braid whose plat closure is the Markov closure of the given one, oriented alike.

    Strand j becomes strand 2j - 1, and strand 2j, which leads back down, stays behind all of them.

    Args:
        braid: n strands, m letters; the result has 2n and 3m.

    >>> plat_form(Braid.parse("1 1 1")).word
    (2, 1, -2, 2, 1, -2, 2, 1, -2)
    """
    word: list[int] = []
    for letter in braid.word:
        i = 2 * abs(letter) - 1
        word += [i + 1, i if letter > 0 else -i, -i - 1]
    return Braid(strands=2 * braid.strands, word=tuple(word))
