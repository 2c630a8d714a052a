"""The client's files as they follow from what a run has measured: proposed/ in the run folder."""

from reports.proposed.write import Proposal, propose

__all__ = ["Proposal", "propose"]
