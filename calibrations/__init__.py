"""WITH WHICH CONSTANTS: the only package that times or reads real runs. Measure, fit, load."""

from plait.calibrations.calibration import Calibration, Constant, load_calibration

__all__ = ["Calibration", "Constant", "load_calibration"]
