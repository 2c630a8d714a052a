"""The shape of a run folder: names, columns, words. `docs/file-formats.md` explains them; reports rely on them."""

from __future__ import annotations

from typing import Final

SCHEMA_VERSION: Final = 1
"""Version of the run folder. Raised when a reader of the old version could misread the new one."""

MANIFEST: Final = "manifest.json"
PARTIAL_MANIFEST: Final = "manifest.partial.json"
SIGNATURE: Final = "manifest.sig"
MEASUREMENTS: Final = "measurements.csv"
VERDICTS: Final = "verdicts.csv"
BUDGETS: Final = "budgets.csv"
AUDIT: Final = "audit.jsonl"
JOURNAL: Final = "journal.jsonl"
REQUIREMENTS: Final = "requirements.json"
BATTERY: Final = "battery.csv"
GUARD: Final = "guard.json"
JUNIT: Final = "junit.xml"
TRACES: Final = "traces"
TRACE: Final = ".parquet"
PICTURE: Final = ".svg"
ALLURE_RESULTS: Final = "allure-results"
ALLURE_REPORT: Final = "allure-report"
PROPOSED: Final = "proposed"
QUALIFICATION: Final = "qualification"
"""What the names of the qualification report begin with."""

MEASUREMENT_COLUMNS: Final = (
    "requirement",
    "test",
    "quantity",
    "value",
    "unit",
    "uncertainty",
    "lower",
    "upper",
    "margin",
    "verdict",
    "time",
    "conditions",
    "limit_source",
    "rule",
    "target",
    "instruments",
    "trace",
)
MEASUREMENT_NUMBERS: Final = ("value", "uncertainty", "lower", "upper", "margin", "time")

BATTERY_COLUMNS: Final = (
    "time",
    "mode",
    "soc",
    "open_circuit_voltage",
    "resistance",
    "voltage",
    "current",
    "target",
)
BUDGET_COLUMNS: Final = (
    "measurement",
    "source",
    "type",
    "distribution",
    "standard_uncertainty",
    "unit",
    "sensitivity",
    "contribution",
    "degrees_of_freedom",
    "instrument",
)
BUDGET_NUMBERS: Final = ("measurement", "standard_uncertainty", "sensitivity", "contribution", "degrees_of_freedom")

VERDICT_COLUMNS: Final = (
    "id",
    "class",
    "verdict",
    "worst_margin",
    "unit",
    "reason",
    "title",
    "group",
    "clause",
    "method",
    "criterion",
)

PASS: Final = "pass"
CONDITIONAL_PASS: Final = "conditional pass"
CONDITIONAL_FAIL: Final = "conditional fail"
FAIL: Final = "fail"
NOT_CAPABLE: Final = "not capable"
NOT_ASSESSED: Final = "not assessed"
BENCH_TROUBLE: Final = "bench trouble"
HARNESS_BUG: Final = "harness bug"

UNDECIDED: Final = (NOT_ASSESSED, NOT_CAPABLE, BENCH_TROUBLE, HARNESS_BUG)
"""Why there is no verdict on the DUT."""
SEVERITY: Final = (PASS, CONDITIONAL_PASS, *UNDECIDED, CONDITIONAL_FAIL, FAIL)
"""The verdicts from best to worst. A requirement has the worst of its measurements."""

A_PART: Final = "only a part of the tests was chosen"
"""How the deviation begins that names the selection of a run."""

INTERRUPTED: Final = "interrupted"
"""How a test ended that was running when the run was told to end; no verdict."""
OUTCOMES: Final = ("passed", "failed", NOT_CAPABLE, BENCH_TROUBLE, HARNESS_BUG, "skipped", INTERRUPTED)
"""How a test ended, as the journal records it."""


def required(requirement_class: str) -> bool:
    """Tell whether a requirement of this class ("H", "S", "T", "H/S", ...) decides a run."""
    return bool({"H", "S"} & set(requirement_class.split("/")))
