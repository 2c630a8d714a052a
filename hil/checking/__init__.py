"""hil check: is this bench what its file says, and fit for the unit on it? Energises nothing above touch-safe."""

from hil.checking.check import check_bench
from hil.checking.finding import Finding, Grade

__all__ = ["Finding", "Grade", "check_bench"]
