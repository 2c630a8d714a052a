"""Measurement, uncertainty, decision rule, requirement catalogue."""

from hil.verdict.catalogue import Catalogue, Limit, Need, Requirement
from hil.verdict.decision import Rule, capable, decide, margin
from hil.verdict.judge import Judge, LimitsExceeded, NotCapable
from hil.verdict.latency import LatencyBudget
from hil.verdict.measurement import Measurement
from hil.verdict.profiles import Profile, profile, profiles
from hil.verdict.summary import Outcome, RequirementVerdict, summarise
from hil.verdict.uncertainty import Accuracy, expanded, rectangular
from hil.verdict.verdict import Verdict, worst

__all__ = [
    "Accuracy",
    "Catalogue",
    "Judge",
    "LatencyBudget",
    "Limit",
    "LimitsExceeded",
    "Measurement",
    "Need",
    "NotCapable",
    "Outcome",
    "Profile",
    "Requirement",
    "RequirementVerdict",
    "Rule",
    "Verdict",
    "capable",
    "decide",
    "expanded",
    "margin",
    "profile",
    "profiles",
    "rectangular",
    "summarise",
    "worst",
]
