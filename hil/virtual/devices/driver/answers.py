"""An answer of the Web API before it becomes bytes, and the pages that the Web server itself sends."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus

from hil.virtual.devices.driver.objects import JsonObject

JSON_TYPE = "application/json"
HTML_TYPE = "text/html; charset=UTF-8"

PAGE = """
    <!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
    <html>
        <head>
            <title>Error: {title}</title>
            <style type="text/css">
              html {{background-color: #eee; font-family: sans;}}
              body {{background-color: #fff; border: 1px solid #ddd;
                    padding: 15px; margin: 15px;}}
              pre {{background-color: #eee; border: 1px solid #ddd; padding: 5px;}}
            </style>
        </head>
        <body>
            <h1>Error: {title}</h1>
            <p>Sorry, the requested URL <tt>{url}</tt>
               caused an error:</p>
            <pre>{reason}</pre>
        </body>
    </html>
"""
ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#039;"})


@dataclass(frozen=True)
class Answer:
    """Status, body and what else the header says. A JSON answer has an object, any other has text."""

    status: int
    json: JsonObject | None = None
    text: str = ""
    content_type: str = JSON_TYPE
    headers: tuple[tuple[str, str], ...] = field(default=())


def success(body: JsonObject) -> Answer:
    """Return the answer of a call that was carried out."""
    return Answer(HTTPStatus.OK, body)


def failure(text: str) -> Answer:
    """Return the answer of a call that was not, or not completely, carried out."""
    return Answer(HTTPStatus.BAD_REQUEST, {"err": text})


def empty_page() -> Answer:
    """Return an empty HTML page."""
    return Answer(HTTPStatus.OK, content_type=HTML_TYPE)


def not_found(url: str, path: str) -> Answer:
    """Return the page for an unknown path."""
    return _page(HTTPStatus.NOT_FOUND, url, f"Not found: {path!r}")


def method_not_allowed(url: str) -> Answer:
    """Return the page for a method other than GET and HEAD."""
    page = _page(HTTPStatus.METHOD_NOT_ALLOWED, url, "Method not allowed.")
    return Answer(page.status, None, page.text, page.content_type, (("Allow", "GET,HEAD"),))


def bad_request() -> Answer:
    """Return the page for what is no HTTP request."""
    return _page(HTTPStatus.BAD_REQUEST, "", "Bad request syntax or unsupported method.")


def internal_error(url: str) -> Answer:
    """Return the page of a program that broke down."""
    return _page(HTTPStatus.INTERNAL_SERVER_ERROR, url, "Internal Server Error")


def _page(status: HTTPStatus, url: str, reason: str) -> Answer:
    text = PAGE.format(
        title=f"{status.value} {status.phrase}", url=repr(url).translate(ENTITIES), reason=reason.translate(ENTITIES)
    )
    return Answer(status, None, text, HTML_TYPE)
