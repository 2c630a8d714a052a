"""The command reference: every command of `hil` with its arguments and options, as the program itself knows them."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from hil.cli.application import application
from hil.virtual.__main__ import app as virtual_app

HELP = "--help"
BY_MACHINE = {"--jobs"}
"""Options whose default depends on the machine, which a page cannot know."""


def commands() -> dict[str, Any]:
    """Return every command by name; `virtual` is the program behind it, which has the options."""
    group = typer.main.get_command(application([]))
    assert isinstance(group, TyperGroup)
    found: dict[str, Any] = dict(group.commands)
    found["virtual"] = typer.main.get_command(virtual_app)
    return found


def global_options() -> set[str]:
    """Return the options that stand before a command."""
    group = typer.main.get_command(application([]))
    return {HELP, *(word for parameter in group.params for word in parameter.opts)}


def options_of(command: Any) -> set[str]:
    """Return every option that a command takes, each spelling of it."""
    words = {HELP, "--debug"}
    for parameter in command.params:
        words.update(word for word in (*parameter.opts, *parameter.secondary_opts) if word.startswith("-"))
    return words


def reference() -> str:
    """Return the reference in Markdown."""
    return "\n".join(_command(name, command) for name, command in commands().items())


def _command(name: str, command: Any) -> str:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option" and HELP not in each.opts]
    usage = " ".join([f"hil {name}", *(["[OPTIONS]"] if options else []), *(_argument(each) for each in arguments)])
    lines = [f"## hil {name}", "", f"`{usage}`", "", *_paragraphs(command.help or ""), ""]
    if arguments or options:
        lines += ["| | default | meaning |", "|---|---|---|"]
        lines += [_row(_name(each), each) for each in arguments]
        lines += [_row(_spelling(each), each) for each in options]
        lines.append("")
    return "\n".join(lines)


def _paragraphs(text: str) -> list[str]:
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n")).split("\n")


def _row(name: str, parameter: Any) -> str:
    help_text = (parameter.help or "").replace("|", "\\|")
    return f"| `{name}` | {_default(parameter)} | {help_text} |"


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    if parameter.default in (None, "", (), False) or callable(parameter.default) or BY_MACHINE & set(parameter.opts):
        return ""
    if parameter.default is True:
        return f"`{parameter.opts[0]}`"
    return f"`{parameter.default}`"


def _argument(parameter: Any) -> str:
    name = _name(parameter)
    return name if parameter.required else f"[{name}]"


def _name(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper()) + ("..." if parameter.nargs == -1 else "")


def _spelling(parameter: Any) -> str:
    if parameter.is_flag:
        return " / ".join([*parameter.opts, *parameter.secondary_opts])
    return f"{', '.join(parameter.opts)} {parameter.metavar or parameter.name.upper()}"
