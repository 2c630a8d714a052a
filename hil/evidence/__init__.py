"""The run folder: everything that was seen, written so that a crash loses at most the test in progress."""

from hil.evidence.drawing import Drawing, LimitLine, Point
from hil.evidence.folder import RunFolder
from hil.evidence.manifest import Manifest
from hil.evidence.verify import verify

__all__ = ["Drawing", "LimitLine", "Manifest", "Point", "RunFolder", "verify"]
