"""The GPU at hand, through cupy, which is imported only where it is asked for."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plait.models.errors import PlaitError, shown

DEVICES = ("cpu", "gpu")
ROOM = 0.8
"""Part of the free memory that contractions plan with: blocks of changing sizes leave gaps."""
DENSE_TENSORS = 4
"""Of the largest size, that a dense contraction may hold at once."""


def gpu_missing() -> str | None:
    """Why no GPU can be used, in words; None if one can."""
    try:
        import cupy
    except ImportError:
        return "cupy is not installed: pip install 'plait[gpu]' on a machine with an NVIDIA GPU"
    try:
        count = int(cupy.cuda.runtime.getDeviceCount())
    except cupy.cuda.runtime.CUDARuntimeError as error:
        return f"cupy finds no usable GPU ({str(error).split(':')[-1].strip()})"
    return None if count else "cupy finds no GPU"


def check_gpu(device: str) -> None:
    """A device that can be used.

    Raises:
        PlaitError: unknown device, or a GPU that is not there.
    """
    if device not in DEVICES:
        raise PlaitError(f"device = {shown(device)} is unknown; known: {', '.join(DEVICES)}")
    if device == "gpu" and (missing := gpu_missing()):
        raise PlaitError(f"device = 'gpu': {missing}")


def free_bytes() -> int:
    """Memory of the GPU that is free."""
    import cupy

    cupy.get_default_memory_pool().free_all_blocks()
    return int(cupy.cuda.runtime.memGetInfo()[0])


def gpu_room() -> float:
    """Bytes that a contraction may plan with."""
    return ROOM * free_bytes()


def dense_on_gpu(tree: Any, arrays: Sequence[NDArray[Any]], dtype: str, memory: float) -> complex:
    """A dense contraction through cotengra with cupy's arrays.

    Args:
        tree: cotengra's; sliced until the largest tensor is a quarter of the memory at most.
        arrays: its tensors.
        dtype: complex64 or complex128.
        memory: bytes of the GPU.
    """
    import cupy

    most = max(1.0, memory / DENSE_TENSORS / np.dtype(dtype).itemsize)
    if tree.max_size() > most:
        tree = tree.slice(target_size=int(most))
    return complex(tree.contract([cupy.asarray(array, dtype) for array in arrays]))
