"""The advantage map: every cell, every format, and the page in a real browser."""

import itertools

import numpy as np
import xarray as xr

STRANDS = [6, 8, 10, 12, 14, 16, 18, 22, 26, 30, 36, 42, 48, 56, 64, 74, 86, 98, 112, 130]
LAYERS = [4, 5, 6, 8, 10, 12, 15, 19, 24, 30, 37, 46, 58, 72, 90, 112, 140, 180, 230, 300]
QPUS = {"cfev@qpu-1e-4": (1e-4, 120), "cfev@helios": (7.9e-4, 98)}


def sample_frontier() -> tuple[xr.Dataset, list[dict]]:
    """A made-up frontier of realistic shape: a wedge that quantum wins between classical ease and drowned signal."""
    dims = ("closure", "contender", "strands", "layers")
    closures = ["markov", "plat"]
    shape = (2, len(QPUS), len(STRANDS), len(LAYERS))
    n, layers = np.meshgrid(STRANDS, LAYERS, indexing="ij")
    m = (n - 1) * layers / 3.0
    p, winner, reason = np.zeros(shape), np.full(shape, "", object), np.full(shape, "", object)
    best = np.full(shape, "face-tn-fib@frontier", object)
    q_sec, c_sec = np.full((*shape, 3), np.nan), np.full((*shape, 3), np.nan)
    spread = np.array([-0.45, 0.0, 0.45])
    for c, k in np.ndindex(2, len(QPUS)):
        error, qubits = list(QPUS.values())[k]
        damping = 1.9 * error * m
        q = 3.2 + np.log10(layers) + 2 * damping / 2.303
        work = (0.19 - 0.03 * c) * np.minimum(n, 0.8 * layers + 3) + np.log10(m) - 5.5
        lost = [(damping > 2.6, "signal"), (n > qubits, "qubits")]
        late = [(work > 10.5, "time"), ((work > 9.6) & (work <= 10.5), "memory")]
        for i, j in np.ndindex(n.shape):
            why = [f"quantum: {w}" for flag, w in lost if flag[i, j]][:1]
            why_not = [f"classical: {w}" for flag, w in late if flag[i, j]][:1]
            at = (c, k, i, j)
            p[at] = 0.0 if why else 1.0 if why_not else 1 / (1 + 10 ** (1.6 * (q[i, j] - work[i, j])))
            if why and why_not:
                winner[at] = "infeasible"
            else:
                winner[at] = "quantum" if p[at] >= 0.9 else "classical" if p[at] <= 0.1 else "undecided"
            reason[at] = "; ".join(why + why_not)
            if not why:
                q_sec[at] = q[i, j] + spread
            if not why_not:
                c_sec[at] = work[i, j] + 2 * spread
            else:
                best[at] = ""
    extrapolation = np.maximum(1, np.maximum(n / 32, layers / 60))
    both = np.broadcast_to
    frontier = xr.Dataset(
        {
            "p_advantage": (dims, p),
            "winner": (dims, winner.astype(str)),
            "reason": (dims, reason.astype(str)),
            "classical_best": (dims, best.astype(str)),
            "quantum_log10_seconds": ((*dims, "quantile"), q_sec),
            "classical_log10_seconds": ((*dims, "quantile"), c_sec),
            "crossings": (("closure", "strands", "layers"), both(m, (2, *m.shape)).round()),
            "depth": (("closure", "strands", "layers"), both(layers, (2, *m.shape)) * 0.9),
            "extrapolation": (("closure", "strands", "layers"), both(extrapolation, (2, *m.shape))),
        },
        coords={
            "closure": closures,
            "contender": list(QPUS),
            "strands": STRANDS,
            "layers": LAYERS,
            "quantile": [0.05, 0.5, 0.95],
        },
        attrs={
            "title": "Where a quantum computer would beat a classical one at the Jones polynomial",
            "question": "Given a random brickwall braid of n strands and L layers and one closure, return the "
            "normalised value E at the fifth root of unity within 0.1 (95 % confidence); the signal |E| = 0.5 is "
            "assumed.",
            "calibration": "2 cores of an Intel Xeon at 2.1 GHz, 2026-11-20, 412 runs (profile `shipped`).",
            "basis": "layer time 30 ms [10, 100] of a hypothetical QPU: assumed.",
            "eps": 0.1,
            "delta": 0.05,
            "version": "0.1.0",
        },
    )
    return frontier, [*_boundary(frontier, "layers"), *_boundary(frontier, "strands")]


def _boundary(frontier: xr.Dataset, axis: str) -> list[dict]:
    """Where p crosses one half along one axis; null where it does not."""
    fixed = "strands" if axis == "layers" else "layers"
    grid, entries = frontier[axis].values, []
    for closure, contender, value in itertools.product(*(frontier[d].values for d in ("closure", "contender", fixed))):
        p = frontier["p_advantage"].sel({"closure": closure, "contender": contender, fixed: value}).values
        for kind, sign in (("enter", 1), ("leave", -1)):
            steps = np.flatnonzero(np.diff((p >= 0.5).astype(int)) == sign)
            entry = {"closure": str(closure), "contender": str(contender), "eps": 0.1, "kind": kind, "axis": axis}
            entry |= {fixed: int(value), "censored": None if len(steps) else "above"}
            middle = None
            if len(steps):
                k = steps[0]
                share = (0.5 - p[k]) / (p[k + 1] - p[k])
                middle = float(np.exp((1 - share) * np.log(grid[k]) + share * np.log(grid[k + 1])))
            for quantile, factor in (("p05", 0.88), ("p50", 1.0), ("p95", 1.13)):
                at = None if middle is None or middle * factor > grid[-1] else middle * factor
                n, layers = (value, at) if axis == "layers" else (at, value)
                entry[f"{axis}_{quantile}"] = at
                entry[f"crossings_{quantile}"] = None if at is None else round((n - 1) * layers / 3)
            entries.append(entry)
    return entries
