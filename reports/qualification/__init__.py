"""The qualification report: one page that decides, and everything behind it."""
