"""The rates by which `plait jones` and `plait contract` choose a method, from a calibration."""

from plait.calibrations.calibration import Calibration
from plait.models import Closure
from plait.models.rates import Rates


def rates(calibration: Calibration) -> Rates:
    """Seconds per unit of work on the core a calibration was made on; what it does not measure keeps its default.

    >>> from plait.calibrations import load_calibration
    >>> 1e-10 < rates(load_calibration()).operation < 1e-8
    True
    """

    def value(name: str) -> float:
        return calibration.constant(name, Closure.MARKOV).value

    bandwidth, flops, usual = value("probe_bandwidth"), value("probe_flops"), Rates()
    return Rates(
        run=value("t_run"),
        amplitude=value("b_amp") / bandwidth,
        start=value("b_start") / bandwidth,
        trace_run=value("t_pass"),
        cell=value("b_cell") / bandwidth,
        column=value("b_column") / bandwidth,
        tensor=value("t_tensor"),
        dense_operation=8 / (value("f_dense") * flops),
        write=value("b_write") / bandwidth,
        step=value("t_step"),
        planned=value("t_plan"),
        surface=value("b_surface") / bandwidth,
        operation=value("b_op") / bandwidth,
        update=value("t_update"),
        factor=value("b_factor") / bandwidth,
        work=value("b_work") / bandwidth,
        search=(usual.search[0], value("t_search"), 10 * value("t_search")),
        search2=(usual.search2[0], value("t_search2"), 10 * value("t_search2")),
    )
