"""The commands behind `hil`, as typer knows them."""

from __future__ import annotations

import importlib
from typing import Any

import typer

from hil.cli.ending import DEBUG

COMMANDS: dict[str, dict[str, Any]] = {
    "run": {},
    "check": {},
    "stop": {},
    # the program behind this command has its own options and its own help
    "virtual": {
        "add_help_option": False,
        "context_settings": {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    },
    "selftest": {},
    "requirements": {},
    "report": {},
    "sign": {},
    "verify": {},
    "compare": {},
    "history": {},
}
"""Each is the function of its name in the module of its name, and how typer is to take it."""


def _version(asked: bool) -> None:
    if asked:
        import importlib.metadata  # takes long, and an emergency stop waits for it

        typer.echo(f"hil {importlib.metadata.version('apis-hil')}")
        raise typer.Exit


def options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
    debug: bool = typer.Option(False, DEBUG, help="Show the traceback of an error; works behind any command."),
) -> None:
    """Hardware-in-the-loop bench for energy-sharing converters driven by APIS."""


def application(words: list[str]) -> typer.Typer:
    """Return the command with the subcommand that `words` call; with all of them when they call none.

    Loading all takes two seconds, and a run needs none but its own.
    """
    app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback()(options)
    called = next(([word] for word in words if not word.startswith("-")), [])
    for name in called if set(called) & set(COMMANDS) else COMMANDS:
        module = importlib.import_module(f"hil.cli.{name}")
        app.command(name, **COMMANDS[name])(getattr(module, name))
    return app
