"""The catalogue of defects and legal oddities: data that says which fields of the virtual bench differ."""

from hil.virtual.defects.catalogue import Deviation, apply, catalogue, find

__all__ = ["Deviation", "apply", "catalogue", "find"]
