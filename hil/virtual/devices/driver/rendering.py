"""From an answer to the text of its body."""

from __future__ import annotations

import json
import random
import re
from typing import Any

from hil.virtual.devices.driver import distort
from hil.virtual.devices.driver.answers import HTML_TYPE, JSON_TYPE, Answer, internal_error
from hil.virtual.devices.driver.settings import DriverSettings

SEPARATORS = {"recorded": (", ", ": "), "compact": (",", ":"), "indented": (",", ": ")}
FLOAT = re.compile(r"(?<=: )-?\d+\.\d+(?=[,}\s])|(?<=:)-?\d+\.\d+(?=[,}\s])")


def finished(
    answer: Answer, route: str, url: str, settings: DriverSettings, rng: random.Random, glitches: bool = False
) -> Answer:
    """Return `answer` with its body as text, faults and oddities applied; `glitches`: this one is hit by them."""
    faults, oddities = settings.faults, settings.oddities
    if answer.json is None:
        return answer
    if answer.status != 200:
        text = str(answer.json["err"]) if oddities.error_as_text else _dump(answer.json, settings)
        kind = HTML_TYPE if oddities.error_as_text else JSON_TYPE
        return Answer(200 if faults.errors_as_success else oddities.error_status, None, text, kind)
    body = distort.odd(distort.faulty(answer.json, route, faults, glitches), route, oddities, rng)
    text, kind = _dump(body, settings), oddities.content_type or ""
    if faults.json_error != "none" and (not faults.json_error_routes or route in faults.json_error_routes):
        text, kind = _broken(text, kind, url, faults.json_error)
    moved = (("Location", url),) if 300 <= faults.success_status < 400 else ()
    return Answer(faults.success_status, None, text, kind, moved)


def _dump(body: Any, settings: DriverSettings) -> str:
    style = settings.oddities.whitespace
    text = json.dumps(body, separators=SEPARATORS[style], indent=2 if style == "indented" else None)
    if settings.oddities.exponent_numbers:
        text = FLOAT.sub(lambda found: f"{float(found.group()):.16e}", text)
    return text


def _broken(text: str, kind: str, url: str, error: str) -> tuple[str, str]:
    match error:
        case "trailing_comma":
            return text[:-1] + ",}", kind
        case "single_quotes":
            return text.replace('"', "'"), kind
        case "truncated":
            return text[: len(text) // 2], kind
        case "array":
            return f"[{text}]", kind
        case "empty":
            return "", kind
        case _:
            return internal_error(url).text, HTML_TYPE
