"""WITH WHICH CONSTANTS: the only package that times or reads real runs. Measure, fit, load."""

from plait.calibrations.calibration import Calibration, Constant, load_calibration
from plait.calibrations.fit import fit
from plait.calibrations.measure import measure

__all__ = ["Calibration", "Constant", "fit", "load_calibration", "measure"]
