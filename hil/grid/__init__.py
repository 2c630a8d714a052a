"""The DC grid side: stiff, loaded, pushed or dead, made by whatever instruments fill its roles."""

from hil.grid.grid import GridSide
from hil.grid.roles import RoleMissing
from hil.grid.settings import GridSettings

__all__ = ["GridSettings", "GridSide", "RoleMissing"]
