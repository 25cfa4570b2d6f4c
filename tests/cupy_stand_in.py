"""numpy in cupy's place, and the kernels of models/*.cu in Python: what is left is the host's side of the GPU code.

The kernels themselves are checked on a GPU by benchmarks/state_gpu.py and benchmarks/contraction_gpu.py.
"""

import types
from collections.abc import Callable
from typing import Any

import numpy as np

from plait.models.statevector_kernel import turn


def module() -> types.ModuleType:
    """To be put into sys.modules as cupy: a GPU of 8 GiB, half of them free."""
    made: Any = types.ModuleType("cupy")
    for name in ("zeros", "ones", "empty", "arange", "random", "copyto"):
        setattr(made, name, getattr(np, name))
    made.__version__ = "0"
    made.asarray = lambda array, dtype=None: np.array(array, dtype)  # a copy, as there
    made.asnumpy = np.array
    made.RawModule = RawModule
    properties = {"name": b"stand-in", "totalGlobalMem": 2**33, "multiProcessorCount": 1}
    runtime = types.SimpleNamespace(
        getDeviceCount=lambda: 1,
        getDevice=lambda: 0,
        getDeviceProperties=lambda number: properties,
        driverGetVersion=lambda: 0,
        runtimeGetVersion=lambda: 0,
        memGetInfo=lambda: (2**32, 2**33),
        CUDARuntimeError=RuntimeError,
    )
    device = types.SimpleNamespace(attributes={"MaxSharedMemoryPerBlockOptin": 227 << 10}, synchronize=lambda: None)
    made.cuda = types.SimpleNamespace(runtime=runtime, Device=lambda: device)
    made.get_default_memory_pool = lambda: types.SimpleNamespace(free_all_blocks=lambda: None)
    return made  # type: ignore[no-any-return]


class RawModule:
    """Kernels by name."""

    def __init__(self, code: str, options: tuple[str, ...]) -> None:
        self.lanes = next((int(option.removeprefix("-DLANES=")) for option in options if "LANES" in option), 0)
        self.code = code

    def get_function(self, name: str) -> "Kernel":
        assert f"__global__ void {name}(" in self.code
        return Kernel(globals()[f"_{name}"], self.lanes)


class Kernel:
    """Blocks one after another."""

    def __init__(self, run: Callable[..., None], lanes: int) -> None:
        self.run, self.lanes = run, lanes
        self.max_dynamic_shared_size_bytes = 0

    def __call__(self, grid: tuple[int], block: tuple[int], some: tuple[Any, ...], shared_mem: int = 0) -> None:
        assert shared_mem <= 227 << 10
        self.run(grid[0], self.lanes, *some)


def _cross(part: Any, runs: Any, factors: Any, count: int, singles: Any, pairs: Any) -> None:
    """`part` has one row per configuration."""
    for (single, single_end, pair, pair_end), f in zip(runs[:count], factors, strict=True):
        part[singles[single:single_end]] *= f[0] + 1j * f[1]
        low, high = pairs[pair:pair_end].T
        added = (f[2] + 1j * f[3]) * (part[low] + f[4] * part[high])
        part[low] += added
        part[high] += f[4] * added


def _columns(
    blocks: int, lanes: int, state: Any, prefixes: Any, rows: Any, row_count: int, wide: int, chunks: int, *runs: Any
) -> None:
    flat = state.reshape(-1)
    for number in range(blocks):
        chunk, place = number % chunks, prefixes[number // chunks]
        lane = np.arange(chunk * lanes, min(wide, (chunk + 1) * lanes))
        at = place + rows[:row_count, None] + lane
        part = flat[at]
        _cross(part, *runs)
        flat[at] = part


def _ends(blocks: int, lanes: int, state: Any, prefixes: Any, row_count: int, *runs: Any) -> None:
    for place in prefixes[:blocks]:
        _cross(state[place : place + row_count], *runs)


def _vector(size: int, key: Any, ways: Any, strands: int, low: float, high: float) -> Any:
    found = np.empty(size, complex)
    for k in range(size):
        bit, rank = 0, k
        for left in range(strands - 1, -1, -1):
            if bit == 0:
                bit = 1
            elif rank < ways[left, 0]:
                bit = 0
            else:
                rank -= ways[left, 0]
        found[k] = (high if bit else low) * 1j ** turn(key, k)
    return found


def _start(blocks: int, lanes: int, state: Any, size: int, *about: Any) -> None:
    state[:] = _vector(size, *about)


def _overlap(blocks: int, lanes: int, state: Any, size: int, *about: Any) -> None:
    *about, sums = about
    sums[:] = 0
    sums[0] = np.vdot(_vector(size, *about), state)


def _place(
    blocks: int, lanes: int, product: Any, c: Any, columns: int, column: int, state: Any, wide: Any, other: Any,
    at: Any, tile_width: Any, tile_first: Any, to_c: Any, from_tile: Any, adds: int,
) -> None:  # fmt: skip
    flat = product.reshape(-1)
    for head in range(blocks):
        q = state[head]
        tile = slice(tile_first[q], tile_first[q + 1])
        row, lane = np.divmod(from_tile[tile].astype(np.int64), tile_width[q])
        values = flat[(other[head] + row) * columns + wide[head] - column + lane]
        to = at[head] + to_c[tile].astype(np.int64)
        c[to] = c[to] + values if adds else values
