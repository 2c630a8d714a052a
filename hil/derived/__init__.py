"""What follows from the measurements of a run for the client's configuration: the figures that it has to respect."""

from hil.derived.evidence import Evidence, Figure, Row

__all__ = ["Evidence", "Figure", "Row"]
