"""The requirement catalogue: what is asked of a unit, where it is written, and which limits decide it."""

from hil.verdict.catalogue.load import Catalogue
from hil.verdict.catalogue.model import GROUPS, PROFILES, Limit, LimitRow, Need, Requirement

__all__ = ["GROUPS", "PROFILES", "Catalogue", "Limit", "LimitRow", "Need", "Requirement"]
