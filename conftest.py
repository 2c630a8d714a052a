"""Fixtures and options of a run; see hil/running/plugin.py."""

pytest_plugins = ["hil.running.plugin"]
