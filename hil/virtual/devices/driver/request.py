"""Requests of the Web API, parsed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

import h11


@dataclass(frozen=True)
class Request:
    """One call. `url` is what the server's own pages quote."""

    method: str
    path: str
    parameters: Mapping[str, str]
    url: str
    wants_http11: bool


def parse(event: h11.Request) -> Request:
    """Return the call that an HTTP request makes. Of a parameter given twice the last one counts."""
    target = event.target.decode("latin-1")
    path, _, query = target.partition("?")
    host = next((value for name, value in event.headers if name == b"host"), b"127.0.0.1").decode("latin-1")
    return Request(
        method=event.method.decode("latin-1"),
        path="/" + unquote(path).lstrip("/"),
        parameters=dict(parse_qsl(query.replace(";", "&"), keep_blank_values=True)),
        url=f"http://{host}{target}",
        wants_http11=event.http_version == b"1.1",
    )
