"""WITH WHICH CONSTANTS: the only package that times, simulates or reads real runs. Measure, fit, load, decode."""

from plait.calibrations.calibration import Calibration, Constant, load_calibration
from plait.calibrations.decode import Decoded, decode
from plait.calibrations.fit import fit
from plait.calibrations.measure import measure

__all__ = ["Calibration", "Constant", "Decoded", "decode", "fit", "load_calibration", "measure"]
