"""Making a generated page fit to be opened from disk, every time and without a network.

The generator writes a Google Analytics block into its pages, and starts its program before the data it needs
has been read: when the browser pauses in between, the program looks for a server and the page stays empty.
"""

from __future__ import annotations

import re

_ANALYTICS = re.compile(
    r"<script async src=\"https://www\.googletagmanager\.com/[^>]*></script>"
    r"\s*<script>\s*window\.dataLayer\b.*?</script>",
    re.DOTALL,
)
_START = "<script>window.allureReportData={};</script>"
_POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'self' data: blob: 'unsafe-inline' "
    "'unsafe-eval'\">"
)


def repair(page: str) -> str:
    """Return the page without analytics, with its data ready before its program, barred from outside hosts."""
    page = _ANALYTICS.sub("", page)
    if _START not in page:
        page = page.replace("<head>", f"<head>\n{_POLICY}\n{_START}", 1)
    return page
