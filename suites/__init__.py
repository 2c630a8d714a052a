"""The conformance suites: one folder per group of requirements."""

from pathlib import Path

FOLDER = Path(__file__).parent
