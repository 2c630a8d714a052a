"""Taking the laboratory's network out of what a vendor gets."""

from __future__ import annotations

import re
from functools import cache
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

from hil.evidence.manifest import Manifest
from reports.blocks import each_text

REPLACEMENT = "[removed]"

_ROOTS = "data|dev|etc|home|lab|media|mnt|net|nfs|opt|root|run|srv|tmp|usr|Users|var|Volumes|work"
"""Where paths of a computer begin; those of the driver's Web API begin with other words."""
_PATTERNS = (
    re.compile(r"\b(?:(?:TCPIP|USB|GPIB|VXI|PXI)\d*::|ASRL)[^\s,;'\"]+", re.IGNORECASE),
    re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s,;'\"]+", re.IGNORECASE),
    re.compile(r"\b(?:10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2,3}(?::\d+)?\b"),
    re.compile(r"\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b", re.IGNORECASE),
    re.compile(r"\b(?:fe80|f[cd][0-9a-f]{2}|[23][0-9a-f]{3})(?::[0-9a-f]{0,4}){2,7}(?:%\w+)?", re.IGNORECASE),
    re.compile(r"\b[\w-]+(?:\.[\w-]+)*\.(?:local|lan|internal|intranet|corp|home|localdomain)\b", re.IGNORECASE),
    re.compile(rf"(?<![\w/])/(?:{_ROOTS})/[^\s,;:'\"()]+"),
    re.compile(r"(?<!\w)(?:[A-Za-z]:\\|\\\\\w)[^\s,;'\"()]+"),
)


class Redactor:
    """Removes addresses, host names and user paths, both those that look like it and those the manifest names."""

    def __init__(self, manifest: Manifest) -> None:
        addresses = {manifest.dut.address, *(item.address for item in manifest.instruments)} - {""}
        file = PurePath(manifest.bench.file)
        kept = {item.name for item in manifest.instruments} | {manifest.bench.name, "localhost"}
        names = sorted(
            (addresses | {_host(address) for address in addresses} | {str(file), file.name}) - kept - {""},
            key=len,
            reverse=True,
        )
        alternatives = "|".join(re.escape(name) for name in names)
        self._named = re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE) if names else None

    def redact(self, item: Any) -> Any:
        """Return the same structure with every text cleaned; pictures stay as they are."""
        return each_text(item, cache(self.clean))

    def clean(self, text: str) -> str:
        """Return a text without addresses."""
        if self._named is not None:
            text = self._named.sub(REPLACEMENT, text)
        for pattern in _PATTERNS:
            text = pattern.sub(REPLACEMENT, text)
        return text


def _host(address: str) -> str:
    """Return the host in a URL or a VISA resource name, or nothing."""
    if "://" in address:
        return urlsplit(address).hostname or ""
    parts = address.split("::")
    return parts[1] if parts[0].upper().startswith("TCPIP") and len(parts) > 1 else ""
