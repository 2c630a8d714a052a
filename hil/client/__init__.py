"""apis-main's side: its configuration files, its command sequences and its safety rules."""

from hil.client.client import Client
from hil.client.hwconfig import HwConfig, load_hwconfig
from hil.client.inconsistencies import inconsistencies
from hil.client.policy import Policy, load_policy
from hil.client.report import ApisError, Attempt, CallRecord, Poll, Report
from hil.client.safety import DealRole, Rule, SafetyEvaluation, SafetyFinding, local_safety
from hil.client.steps import Steps
from hil.client.unitdata import UnitData

__all__ = [
    "ApisError",
    "Attempt",
    "CallRecord",
    "Client",
    "DealRole",
    "HwConfig",
    "Policy",
    "Poll",
    "Report",
    "Rule",
    "SafetyEvaluation",
    "SafetyFinding",
    "Steps",
    "UnitData",
    "inconsistencies",
    "load_hwconfig",
    "load_policy",
    "local_safety",
]
