"""Which qubits of a processor can meet: grids, heavy-hex lattices, any graph, and a path through them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil, sqrt

from plait.models.errors import PlaitError, shown

Edges = tuple[tuple[int, int], ...]

COUPLINGS = ("grid", "heavy-hex")
MAX_EDGES = 100_000
MAX_STEPS = 200_000
"""Steps of the search for a path in a coupling given by its edges."""


def grid(qubits: int) -> tuple[Edges, tuple[int, ...]]:
    """Edges of the smallest near-square grid with at least so many nodes, and its path row by row, back and forth.

    ceil(sqrt(qubits)) columns, as many rows as it takes; nodes are numbered row by row.

    >>> grid(4)
    (((0, 1), (0, 2), (1, 3), (2, 3)), (0, 1, 3, 2))
    """
    columns = ceil(sqrt(qubits))
    rows = -(-qubits // columns)
    places = [(row, column) for row in range(rows) for column in range(columns)]
    snake = sorted(places, key=lambda place: (place[0], place[1] if place[0] % 2 == 0 else -place[1]))
    return _lattice(places, snake)


def heavy_hex(qubits: int) -> tuple[Edges, tuple[int, ...]]:
    """Edges of a heavy-hex patch that has a path of so many nodes, and that path.

    Rows of 4 c + 3 nodes; between two rows bridge nodes at every fourth column, from column 2 below even rows and
    from column 0 below odd rows. The two corners that only end a row are left out, as on IBM's processors: all
    2 c + 1 rows for c = 2, 3, 6, 10 make their 65, 127, 433 and 1121 qubits. Every second gap has a bridge at its
    right end, the others at their left end, so a snake holds all row nodes and one bridge a gap. The patch has the
    least c for which 2 c + 1 rows suffice, and of those rows, from the top, as many as needed, at least two. Nodes are
    numbered from the top, row by row, bridges between their rows.

    >>> edges, path = heavy_hex(21)
    >>> len(edges), len({node for edge in edges for node in edge}), path[:8]
    (24, 23, (0, 1, 2, 3, 4, 5, 7, 14))
    """
    c = 1
    while (2 * c + 1) * (4 * c + 4) - 3 < qubits:
        c += 1
    width = 4 * c + 3
    rows = max(2, -(-(qubits + 3) // (width + 1)))
    # Rows are at even heights, bridges at odd ones.
    places = [
        (height, column)
        for height in range(2 * rows - 1)
        for column in (range(width) if height % 2 == 0 else range(2 if height % 4 == 1 else 0, width, 4))
        if (height, column) not in {(0, 0), (2 * rows - 2, 0 if rows % 2 == 0 else width - 1)}
    ]
    snake = [
        (height, column if height % 4 == 0 else width - 1 - column)
        for height in range(0, 2 * rows, 2)
        for column in range(width)
    ]
    bridges = [(height, width - 1 if height % 4 == 1 else 0) for height in range(1, 2 * rows - 1, 2)]
    snake = sorted((*snake, *bridges), key=lambda place: place[0])  # stable: keeps the way of each row
    return _lattice(places, [place for place in snake if place in set(places)])


def _lattice(places: Sequence[tuple[int, int]], path: Sequence[tuple[int, int]]) -> tuple[Edges, tuple[int, ...]]:
    """Edges between places one step apart, and the path, in terms of the places' numbers."""
    number = {place: node for node, place in enumerate(places)}
    steps = [(place, step) for place in places for step in ((place[0], place[1] + 1), (place[0] + 1, place[1]))]
    edges = tuple((number[place], number[step]) for place, step in steps if step in number)
    return edges, tuple(number[place] for place in path)


def read_coupling(coupling: str | Sequence[tuple[int, int]], qubits: int) -> tuple[str, Edges, tuple[int, ...] | None]:
    """Name, edges, and a path of at least so many nodes if one is known."""
    if coupling == "grid":
        return ("grid", *grid(qubits))
    if coupling == "heavy-hex":
        return ("heavy-hex", *heavy_hex(qubits))
    if isinstance(coupling, str) or not isinstance(coupling, Sequence):
        raise PlaitError(
            f"coupling = {shown(coupling)} is not available; known: {', '.join(COUPLINGS)}, or pairs of nodes"
        )
    edges = _given_edges(coupling)
    neighbours: dict[int, list[int]] = {node: [] for edge in edges for node in edge}
    for a, b in edges:
        neighbours[a].append(b)
        neighbours[b].append(a)
    if len(neighbours) < qubits:
        raise PlaitError(f"coupling has {len(neighbours)} nodes, but the circuit needs {qubits} qubits")
    reached = {min(neighbours)}
    todo = list(reached)
    while todo:
        new = set(neighbours[todo.pop()]) - reached
        reached |= new
        todo += new
    if len(reached) < len(neighbours):
        raise PlaitError(
            f"coupling is not connected: node {min(set(neighbours) - reached)} is not reached from {min(neighbours)}; "
            "give the edges of one connected part"
        )
    return "edges", edges, _find_path(neighbours, qubits)


def _given_edges(coupling: Sequence[object]) -> Edges:
    if not 0 < len(coupling) <= MAX_EDGES:
        raise PlaitError(f"coupling has {len(coupling)} edges; expected 1..{MAX_EDGES}")
    edges = set()
    for place, edge in enumerate(coupling):
        pair = tuple(edge) if isinstance(edge, Sequence) and len(edge) == 2 else ()
        ends = [x for x in pair if isinstance(x, int) and not isinstance(x, bool) and 0 <= x < 2**31]
        if len(ends) != 2 or ends[0] == ends[1]:
            raise PlaitError(f"coupling[{place}] = {shown(edge)} is no edge; expected two different nodes, ints from 0")
        edges.add((min(ends), max(ends)))
    return tuple(sorted(edges))


def _find_path(neighbours: Mapping[int, Sequence[int]], length: int) -> tuple[int, ...] | None:
    """A path of `length` nodes, by depth-first search within MAX_STEPS; nodes with few ways on come first."""
    used: set[int] = set()

    def onward(nodes: Iterable[int]) -> Iterator[int]:
        free = [node for node in nodes if node not in used]
        return iter(sorted(free, key=lambda node: (sum(x not in used for x in neighbours[node]), node)))

    path: list[int] = []
    choices = [onward(neighbours)]
    for _ in range(MAX_STEPS):
        node = next(choices[-1], None)
        if node is not None:
            path.append(node)
            used.add(node)
            if len(path) == length:
                return tuple(path)
            choices.append(onward(neighbours[node]))
        elif path:
            choices.pop()
            used.remove(path.pop())
        else:
            return None
    return None
