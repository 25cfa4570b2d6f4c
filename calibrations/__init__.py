"""WITH WHICH CONSTANTS: the only package that times, simulates or reads real runs. Measure, fit, validate, decode."""

from plait.calibrations.calibration import Calibration, Constant, load_calibration
from plait.calibrations.decode import Decoded, decode
from plait.calibrations.fit import fit
from plait.calibrations.measure import measure
from plait.calibrations.validate import validate

__all__ = ["Calibration", "Constant", "Decoded", "decode", "fit", "load_calibration", "measure", "validate"]
