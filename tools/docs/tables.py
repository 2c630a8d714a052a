"""The reference of a TOML file: every table with every key, from the model that the program checks the file with."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import BaseModel

Schema = dict[str, Any]


def reference(model: type[BaseModel]) -> str:
    """Return the reference of the file that `model` describes, in Markdown."""
    schema = model.model_json_schema()
    definitions: dict[str, Schema] = schema["$defs"]
    paths: dict[str, list[str]] = {}
    _collect(schema, "", definitions, paths)
    for definition in definitions.values():
        for entry in definition.get("properties", {}).values():
            _write_words_out(entry, definitions)
    return "\n".join(_table(paths[name], definitions[name], paths) for name in paths)


def _collect(table: Schema, path: str, definitions: dict[str, Schema], paths: dict[str, list[str]]) -> None:
    """Note under which paths each table may stand, in the order of the file."""
    for key, entry in table.get("properties", {}).items():
        here = f"{path}.{key}" if path else key
        name = _inner(entry)
        if name is None and "additionalProperties" in entry:
            name, here = _inner(entry["additionalProperties"]), f"{here}.NAME"
            if name is None:
                name, here = _inner(entry["propertyNames"]), here.removesuffix(".NAME")
        if name is not None and (definitions[name].get("type") == "object" or here == key):
            paths.setdefault(name, []).append(here)
            _collect(definitions[name], here, definitions, paths)


def _write_words_out(entry: Schema, definitions: dict[str, Schema]) -> None:
    """Put the words of an enumeration in place of the reference to it."""
    name = _inner(entry)
    if name is not None and "enum" in definitions[name]:
        del entry["$ref"]
        entry["enum"] = definitions[name]["enum"]


def _inner(entry: Schema) -> str | None:
    """Return the name of the definition that an entry refers to, if it does."""
    for option in (entry, *entry.get("anyOf", ())):
        if "$ref" in option:
            return str(option["$ref"].rpartition("/")[2])
    return None


def _table(paths: list[str], definition: Schema, all_paths: dict[str, list[str]]) -> str:
    heading = ", ".join(f"`[{path}]`" for path in paths)
    properties: dict[str, Schema] = definition.get("properties", {})
    about, meanings = _explained(definition.get("description", ""), list(properties))
    lines = [f"### {heading}", "", about, ""]
    if "enum" in definition:
        return "\n".join([*lines, "Keys: " + ", ".join(f"`{word}`" for word in definition["enum"]) + ".", ""])
    heads = ["key", "value", "default", *(["meaning"] if meanings else [])]
    rows = [heads, ["---"] * len(heads)]
    for key, entry in properties.items():
        default = "required" if key in definition.get("required", []) else _default(entry)
        rows.append([f"`{key}`", _kind(entry, all_paths), default, meanings.get(key, "")][: len(heads)])
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join([*lines, ""])


def _explained(text: str, keys: list[str]) -> tuple[str, dict[str, str]]:
    """Split a description into what it says of the table and what it says of each key ("key, key: words")."""
    one = "|".join(sorted(map(re.escape, keys), key=len, reverse=True))
    parts = re.split(rf"(?:^|(?<=\. ))((?:{one})(?:, (?:{one}))*):\s", text, flags=re.MULTILINE) if keys else [text]
    meanings = {}
    for names, words in zip(parts[1::2], parts[2::2], strict=True):
        for name in names.split(", "):
            meanings[name] = " ".join(words.split())
    return " ".join(parts[0].split()), meanings


def _kind(entry: Schema, paths: dict[str, list[str]]) -> str:
    name = _inner(entry)
    if name in paths:
        anchor = re.sub(r"[^\w\- ]", "", ", ".join(f"[{path}]" for path in paths[name]).lower()).replace(" ", "-")
        return f"[table](#{anchor})"
    return next((words for option in (entry, *entry.get("anyOf", ())) if (words := _words(option))), "")


def _words(entry: Schema) -> str:
    if "enum" in entry:
        return ", ".join(f"`{json.dumps(word)}`" for word in entry["enum"])
    match entry.get("type"), entry.get("format"):
        case "number" | "integer" as kind, _:
            return " ".join(["number" if kind == "number" else "whole number", *_bounds(entry)])
        case "boolean", _:
            return "`true`, `false`"
        case "array", _:
            return "list of texts"
        case "string", "date":
            return "date"
        case "string", "path":
            return "path"
        case "string", _:
            return "text"
        case _:
            return ""


def _bounds(entry: Schema) -> list[str]:
    signs = {"exclusiveMinimum": ">", "minimum": "≥", "exclusiveMaximum": "<", "maximum": "≤"}
    return [f"{sign} {entry[key]:g}" for key, sign in signs.items() if key in entry]


def _default(entry: Schema) -> str:
    value = entry.get("default")
    return "" if value in (None, "", []) or isinstance(value, dict) else f"`{json.dumps(value)}`"
