"""The symbols every cost model is written in, with their units and meanings.

Nine kinds. braid: read off a braid or its family. network: read off a contraction tree. train: read off a tensor
train. published: forms of arXiv:2503.05625. question: `Question`.
calibrated: constants fitted to real runs (or cited until they are). own: a figure that a model brings along.
design: chosen by a search at each size, see `plait.estimator.fault_tolerant`. machine: from a machine file.
"""

from typing import Any, NamedTuple


class SymbolInfo(NamedTuple):
    """Kind, unit and meaning of one symbol."""

    kind: str
    unit: str
    meaning: str


SYMBOLS: dict[str, SymbolInfo] = {
    "n": SymbolInfo("braid", "1", "strands"),
    "m": SymbolInfo("braid", "1", "crossings"),
    "D": SymbolInfo("braid", "1", "greedy depth"),
    "r": SymbolInfo("braid", "1", "runs left after merging"),
    "D_r": SymbolInfo("braid", "1", "greedy depth in runs"),
    "h": SymbolInfo("braid", "1", "ones among s_2..s_n (expected value, where s is sampled)"),
    "r_full": SymbolInfo("braid", "1", "runs that are a full block: both neighbours steer (expected over s)"),
    "r_hard": SymbolInfo("braid", "1", "full blocks of powers but 1, 5, 9: a fourth entangler of fixed angle"),
    "r_one": SymbolInfo("braid", "1", "runs, or joined runs, that are one controlled gate (expected over s)"),
    "r_half": SymbolInfo("braid", "1", "controlled gates of power 5: one entangler of fixed angle, not two"),
    "f": SymbolInfo("braid", "1", "CX gates of the fan-out in and out, less those that became part of a block"),
    "D_b": SymbolInfo("braid", "layers", "two-qubit depth of the blocks alone"),
    "d_f": SymbolInfo("braid", "layers", "two-qubit depth of the fan-out alone, in and out"),
    "T": SymbolInfo("network", "1", "tensors of the face network"),
    "w": SymbolInfo("network", "1", "contraction width: log2 of the largest dense intermediate"),
    "C": SymbolInfo("network", "multiply-adds", "dense complex multiply-adds of the tree"),
    "W": SymbolInfo("network", "elements", "dense elements written by the tree"),
    "C_f": SymbolInfo("network", "multiply-adds", "complex multiply-adds over Fibonacci configurations only"),
    "P_f": SymbolInfo("network", "elements", "peak of the elements stored at once, Fibonacci configurations only"),
    "W_f": SymbolInfo("network", "elements", "elements written by the tree, Fibonacci configurations only"),
    "T_p": SymbolInfo("network", "1", "steps over Fibonacci configurations with too many legs to run densely"),
    "T_s": SymbolInfo("network", "1", "T of the minimised braid"),
    "p_s": SymbolInfo("network", "1", "T_p of the minimised braid"),
    "C_s": SymbolInfo("network", "multiply-adds", "C_f of the minimised braid"),
    "P_s": SymbolInfo("network", "elements", "P_f of the minimised braid"),
    "chi": SymbolInfo("train", "1", "largest bond of the exact tensor train, both heights together"),
    "K": SymbolInfo("train", "multiply-adds", "sum over its decompositions of rows * columns * min(rows, columns)"),
    "P_t": SymbolInfo("train", "bytes", "peak of both trains"),
    "C_tn": SymbolInfo("published", "multiply-adds", "complex multiply-adds of the published tn-proj network"),
    "P_tn": SymbolInfo("published", "elements", "largest intermediate of the published tn-proj network"),
    "C_br": SymbolInfo("published", "multiply-adds", "complex multiply-adds of the published bracket network"),
    "P_br": SymbolInfo("published", "elements", "largest intermediate of the published bracket network"),
    "C_mpo": SymbolInfo("published", "multiply-adds", "complex multiply-adds of the published exact operator"),
    "P_mpo": SymbolInfo("published", "elements", "elements of the published exact operator at its largest"),
    "x_mpo": SymbolInfo("published", "1", "share of C_mpo left when truncated to the noisy circuit's error (1e-4)"),
    "eps": SymbolInfo("question", "1", "allowed error of E"),
    "delta": SymbolInfo("question", "1", "allowed probability of a larger error"),
    "v": SymbolInfo("question", "1", "assumed |E|"),
    "z": SymbolInfo("question", "1", "(E|z_s|^2 - |E|^2) / (1 - |E|^2), within 0..1: spread of z_s over s"),
    "k_2q": SymbolInfo("calibrated", "1", "damping exponent per expected gate error"),
    "k_idle": SymbolInfo("calibrated", "1", "damping exponent per expected idle error"),
    "k_spam": SymbolInfo("calibrated", "1", "damping exponent per expected preparation and measurement error"),
    "K_2q": SymbolInfo("calibrated", "1", "rejection exponent per expected gate error"),
    "K_idle": SymbolInfo("calibrated", "1", "rejection exponent per expected idle error"),
    "K_spam": SymbolInfo("calibrated", "1", "rejection exponent per expected preparation and measurement error"),
    "u_2q": SymbolInfo("calibrated", "1", "standard uncertainty of k_2q at the size asked"),
    "u_idle": SymbolInfo("calibrated", "1", "standard uncertainty of k_idle at the size asked"),
    "x_ref": SymbolInfo("calibrated", "1", "benchmark shots charged per shot on the braid"),
    "t_build": SymbolInfo("calibrated", "s", "seconds per two-qubit gate to write a circuit on one core"),
    "t_word": SymbolInfo("calibrated", "s", "seconds per run to search for words with fewer gates on one core"),
    "t_search": SymbolInfo("calibrated", "s", "path search on one core: t_search T + t_search2 T^2"),
    "t_search2": SymbolInfo("calibrated", "s", "path search per squared tensor: moves grow with T, bit sets too"),
    "t_tensor": SymbolInfo("calibrated", "s", "fixed seconds per dense pairwise contraction"),
    "f_dense": SymbolInfo("calibrated", "1", "share of peak floating-point rate reached by dense contraction"),
    "b_write": SymbolInfo("calibrated", "bytes", "bytes moved per dense element written"),
    "t_step": SymbolInfo("calibrated", "s", "fixed seconds per constrained pairwise contraction"),
    "t_plan": SymbolInfo("calibrated", "s", "fixed seconds more per step that is planned, not run densely"),
    "b_op": SymbolInfo("calibrated", "bytes", "bandwidth equivalent of one constrained multiply-add"),
    "b_surface": SymbolInfo("calibrated", "bytes", "the same, per surface of the products: T_p^(1/3) C_f^(2/3)"),
    "b_amp": SymbolInfo("calibrated", "bytes", "bandwidth equivalent of one amplitude update by one run"),
    "b_path": SymbolInfo("calibrated", "bytes", "memory per path of a state"),
    "b_start": SymbolInfo("calibrated", "bytes", "bandwidth equivalent of setting up one amplitude"),
    "t_state": SymbolInfo("calibrated", "s", "fixed seconds per evolution of one state"),
    "t_run": SymbolInfo("calibrated", "s", "fixed seconds per run of such an evolution"),
    "t_trace": SymbolInfo("calibrated", "s", "fixed seconds per exact trace"),
    "t_pass": SymbolInfo("calibrated", "s", "fixed seconds per run of an exact trace"),
    "b_cell": SymbolInfo("calibrated", "bytes", "b_amp of an exact trace, whose columns are evolved in batches"),
    "b_column": SymbolInfo("calibrated", "bytes", "b_start of an exact trace"),
    "t_update": SymbolInfo("calibrated", "s", "fixed seconds per run of a tensor train"),
    "b_work": SymbolInfo("calibrated", "bytes", "bandwidth equivalent of one multiply-add of K"),
    "b_factor": SymbolInfo(
        "calibrated", "bytes", "bandwidth equivalent per sqrt(r K): decompositions of small matrices"
    ),
    "x_cut": SymbolInfo("calibrated", "1", "share of K left is the fidelity to this power, when bonds are limited"),
    "t_min": SymbolInfo("calibrated", "s", "minimisation on one core: t_min m + t_min2 m n"),
    "t_min2": SymbolInfo("calibrated", "s", "minimisation per crossing and strand: a window may reach across them all"),
    "x_search": SymbolInfo("calibrated", "1", "seconds of a path search over those of its law, this braid"),
    "x_dense": SymbolInfo("calibrated", "1", "seconds of a dense contraction over those of its law, this braid"),
    "x_fib": SymbolInfo("calibrated", "1", "seconds of a constrained contraction over those of its law, this braid"),
    "x_state": SymbolInfo("calibrated", "1", "seconds of a state evolution over those of its law, this braid"),
    "x_trace": SymbolInfo("calibrated", "1", "seconds of an exact trace over those of its law, this braid"),
    "x_train": SymbolInfo("calibrated", "1", "seconds of a tensor train over those of its law, this braid"),
    "x_min": SymbolInfo("calibrated", "1", "seconds of a minimisation over those of its law, this braid"),
    "x_R": SymbolInfo("own", "layers/layers", "layers of rotations per two-qubit layer of the blocks"),
    "d_c": SymbolInfo("design", "1", "code distance"),
    "N_t": SymbolInfo("design", "1", "T states of one rotation"),
    "q_T": SymbolInfo("design", "1", "physical qubits of a T factory"),
    "t_T": SymbolInfo("design", "1", "code cycles of one run of a T factory"),
    "e_T": SymbolInfo("design", "1", "error probability of a T state from the factory"),
    "g_slice": SymbolInfo(
        "calibrated", "1", "sliced, operations grow as x^(g_slice + h_slice ln x), x = bytes / memory"
    ),
    "h_slice": SymbolInfo("calibrated", "1", "how the exponent of slicing rises: loops are put where they cost least"),
    "Q": SymbolInfo("machine", "1", "qubits"),
    "e_2q": SymbolInfo("machine", "1", "error probability of a two-qubit gate"),
    "e_1q": SymbolInfo("machine", "1", "error probability of a one-qubit gate"),
    "e_idle": SymbolInfo("machine", "1", "idle and transport error probability per qubit and two-qubit layer"),
    "e_spam": SymbolInfo("machine", "1", "preparation and measurement error probability per qubit"),
    "t_layer": SymbolInfo("machine", "s", "seconds per two-qubit layer"),
    "t_shot": SymbolInfo("machine", "s", "fixed seconds per shot: reset, preparation, measurement"),
    "t_cycle": SymbolInfo("machine", "s", "seconds of one code cycle of error-corrected qubits"),
    "F": SymbolInfo("machine", "FLOP/s", "real floating-point operations per second at peak"),
    "B": SymbolInfo("machine", "bytes/s", "memory bandwidth"),
    "M": SymbolInfo("machine", "bytes", "memory"),
    "eta": SymbolInfo("machine", "1", "efficiency relative to that of the measured core"),
    "power": SymbolInfo("machine", "W", "electrical power"),
    "price": SymbolInfo("machine", "USD/h", "what an hour of the whole machine costs"),
}


def symbol(name: str) -> Any:
    """The positive sympy symbol of one name of SYMBOLS.

    >>> symbol("n").is_positive
    True
    """
    import sympy

    if name not in SYMBOLS:
        raise KeyError(f"{name} is not a symbol of plait")
    return sympy.Symbol(name, positive=True)


def symbols(names: str) -> tuple[Any, ...]:
    """Several symbols, separated by blanks."""
    return tuple(symbol(name) for name in names.split())


def units(names: str) -> dict[str, str]:
    """Name -> unit of several symbols, separated by blanks."""
    return {name: SYMBOLS[name].unit for name in names.split()}


def fibonacci_number(k: Any) -> Any:
    """F_k as phi^k / sqrt 5 (relative error phi^{-2k}: below 1 % from k = 5 on)."""
    import sympy

    return sympy.GoldenRatio**k / sympy.sqrt(5)
