"""Many GPUs as one machine: memory and arithmetic add up, the network bounds what states exchange. Assumed, not run."""

from plait.estimator.machine import Machine, MachineFigure
from plait.models import PlaitError
from plait.models.braid import check_int

EXCHANGED = (0.1, 0.4, 4.0)
"""Bytes that cross the network per amplitude and run: least, middle, most."""
EXCHANGE = (
    "a state over 256 GPUs is split by its first dozen bits, a quarter of the positions of 48 strands; a pass over "
    "them applies 40 runs between two exchanges of 16 bytes an amplitude (0.2), or half that, or they come one by one"
)
EFFICIENCY = MachineFigure(
    value=0.5,
    low=0.1,
    high=0.9,
    basis="assumed",
    source="passes of loops and columns of a trace share nothing: near 1; tensors spread over GPUs: far less",
)


def gpu_cluster(base: Machine, gpus: int, network: MachineFigure, slug: str) -> Machine:
    """A cluster of one kind of GPU.

    Args:
        base: the GPU, with constants of its own.
        gpus: how many, 2 or more.
        network: bytes per second into and out of each GPU.
        slug: of the cluster.

    Returns:
        Machine: figures times `gpus`; b_amp with the exchange, as bytes of the GPU's own bandwidth, upon it.

    Raises:
        PlaitError: fewer than 2 GPUs, or a base without figures or constants of its own.
    """
    check_int("gpus", gpus, 2, 10**7)
    bandwidth, amplitude = base.figures["B"].value, base.constants.get("b_amp")
    if bandwidth is None or amplitude is None or amplitude.value is None or not network.value:
        raise PlaitError(f"machine {base.slug}: a cluster needs a GPU with B and b_amp of its own, and a network")
    share = bandwidth / network.value
    least, middle, most = (
        _digits(own + bytes_ * share)
        for own, bytes_ in zip(
            (amplitude.low or amplitude.value, amplitude.value, amplitude.high or amplitude.value),
            EXCHANGED,
            strict=True,
        )
    )
    added = MachineFigure(value=middle, low=least, high=most, basis="assumed", source=f"one GPU's, and {EXCHANGE}")
    figures = {name: _times(figure, gpus, base) for name, figure in base.figures.items() if name != "eta"}
    taken = {
        name: figure.model_copy(update={"basis": "assumed", "source": f"as on one GPU: {figure.source}"})
        for name, figure in base.constants.items()
    }
    return Machine(
        slug=slug,
        name=f"{gpus} x {base.name}",
        side="classical",
        notes=f"Assumed, not run. Network {network.value:g} bytes/s a GPU: {network.source}.",
        figures={**figures, "eta": EFFICIENCY},
        constants={**taken, "b_amp": added},
    )


def _times(figure: MachineFigure, gpus: int, base: Machine) -> MachineFigure:
    times = {key: _digits(gpus * x) for key in ("value", "low", "high") if (x := getattr(figure, key)) is not None}
    about = {"basis": "assumed", "source": f"{gpus} times that of {base.name}: {figure.source}"}
    return figure.model_copy(update=times | about)


def _digits(x: float) -> float:
    return float(f"{x:.4g}")
