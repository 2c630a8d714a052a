"""The run folder: everything that was seen, written so that a crash loses at most the test in progress."""

from hil.evidence.folder import RunFolder
from hil.evidence.manifest import Manifest
from hil.evidence.rows import MeasurementRow, VerdictRow
from hil.evidence.verify import verify

__all__ = ["Manifest", "MeasurementRow", "RunFolder", "VerdictRow", "verify"]
