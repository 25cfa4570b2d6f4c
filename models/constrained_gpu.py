"""Large steps of a constrained contraction on a GPU, the others on the processor. Imports cupy lazily.

For every value of its separator a step is one matrix product of what lies in one piece (`plait.models.constrained`):
here the vendor's, of complex numbers, whose entries a kernel then puts in the order of their next use. A value costs a
tenth of a millisecond before any arithmetic, so steps of many small products stay on the processor, and a tensor moves
when its next use is on the other side.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from plait.models.constrained_count import ValidCounter
from plait.models.constrained_kernel import Block, block, valid_values
from plait.models.constrained_lattice import Packed, lattice
from plait.models.constrained_packing import Packing

PRODUCT_OPERATIONS = 1e6
"""Operations per value of the separator from which a step pays on the GPU: about a millisecond of one core."""
PRODUCT_ENTRIES = 1 << 26
"""Entries of the products made before they are put in their places: 1 GiB of complex128."""
THREADS = 128
COMPLEX = {np.dtype(np.float64): np.dtype(np.complex128), np.dtype(np.float32): np.dtype(np.complex64)}


@dataclass(frozen=True, kw_only=True)
class GpuPacking(Packing):
    """Runs the steps over valid configurations; a tensor on the GPU is a vector of complex numbers, not two planes."""

    def step(self, node: int, a: Packed, b: Packed, fixed: Mapping[int, int], adds: Packed | None) -> Packed:
        """One step, where it takes less time; where earlier passes have put the result if there is one."""
        step, (a_legs, b_legs, c_legs) = self.prepared(node, fixed)
        values = valid_values(step.x_near)
        if adds is None:
            legs = sum(1 << leg for leg in {*a_legs.tolist(), *b_legs.tolist()})
            operations = ValidCounter(self.plan.tree.adjacent).count(legs)
            here = operations >= PRODUCT_OPERATIONS * len(values)
        else:
            here = adds.planes.ndim == 1
        if not here:
            return super().step(node, on_host(a), on_host(b), fixed, adds)
        import cupy

        a, b = on_gpu(a), on_gpu(b)
        if adds is None:
            of = lattice(c_legs, self.edges)
            make = cupy.zeros if step.adds else cupy.empty
            c = Packed(make(int(of.ways[0]), a.planes.dtype), of)
        else:
            c, step = adds, step._replace(adds=True)
        for value in values:
            _product(block(step, value, a.lattice, b.lattice, c.lattice), a, b, c)
        return c

    def host(self, tensor: Packed) -> Packed:
        """A tensor as the processor's steps want it."""
        return on_host(tensor)


def on_gpu(tensor: Packed) -> Packed:
    """The tensor on the GPU, moved if it is not there."""
    planes = tensor.planes
    if planes.ndim == 1:
        return tensor
    import cupy

    entries = cupy.empty(planes.shape[1], COMPLEX[planes.dtype])
    entries.real, entries.imag = cupy.asarray(planes[0]), cupy.asarray(planes[1])
    return Packed(entries, tensor.lattice)


def on_host(tensor: Packed) -> Packed:
    """The tensor in the computer's memory, moved if it is not there."""
    entries: Any = tensor.planes
    if entries.ndim == 2:
        return tensor
    import cupy

    planes = np.stack([cupy.asnumpy(entries.real), cupy.asnumpy(entries.imag)])
    return Packed(planes, tensor.lattice)


def _product(of: Block, a: Packed, b: Packed, c: Packed) -> None:
    """The part of C for one value of the separator."""
    import cupy

    wide, other = (b, a) if of.swapped else (a, b)
    y = _matrix(wide.planes, of.wide_start, of.wide_stride, of.depth)
    x = _matrix(other.planes, of.other_start, of.other_stride, of.depth).T
    kernel = _place(str(c.planes.dtype))
    # one transfer for what is counted in 64 bits, one for what is in 32
    heads = cupy.asarray(np.concatenate([of.head_state, of.head_wide, of.head_other, of.head_c]))
    state, head_wide, head_other, head_c = heads.reshape(4, -1)
    shapes = cupy.asarray(np.concatenate([of.tile_first, of.tile_width]))
    tile_first, tile_width = shapes[: of.tile_first.size], shapes[of.tile_first.size :]
    to_c, from_tile = cupy.asarray(np.concatenate([of.to_c, of.from_tile])).reshape(2, -1)
    for low, high, column, columns in _panels(of):
        product = x @ y[:, column : column + columns]
        some = state[low:high], head_wide[low:high], head_other[low:high], head_c[low:high]
        lists = tile_width, tile_first, to_c, from_tile
        sizes = np.int64(columns), np.int64(column)
        kernel((high - low,), (THREADS,), (product, c.planes, *sizes, *some, *lists, np.int32(of.adds)))


def _matrix(entries: Any, start: int, stride: int, depth: int) -> Any:
    return entries[start : start + depth * stride].reshape(depth, stride)


def _panels(of: Block) -> Iterator[tuple[int, int, int, int]]:
    """Heads low..high whose tiles lie in some columns of the product, few enough to be made at once; first and number.

    Heads come by their place in wide, and all tiles that begin at one place are equally wide: the columns of different
    places do not overlap.
    """
    begins = np.flatnonzero(np.diff(of.head_wide, prepend=-1))  # first head of every place
    columns = of.head_wide[begins]
    most = max(1, PRODUCT_ENTRIES // of.other_stride)
    panel = [0]
    for k in range(1, len(begins) + 1):
        end = columns[k] if k < len(begins) else of.wide_stride
        if end - columns[panel[-1]] > most and k - 1 > panel[-1]:
            panel.append(k - 1)
    panel.append(len(begins))
    heads = [*begins.tolist(), len(of.head_wide)]
    places = [*columns.tolist(), of.wide_stride]
    for first, last in pairwise(panel):
        yield heads[first], heads[last], places[first], places[last] - places[first]


@cache
def _place(dtype: str) -> Any:
    """Compiled for the current GPU."""
    import cupy

    code = (Path(__file__).parent / "constrained_gpu.cu").read_text(encoding="utf-8")
    name = {"complex64": "float2", "complex128": "double2"}[dtype]
    return cupy.RawModule(code=code, options=(f"-DCOMPLEX={name}",)).get_function("place")
