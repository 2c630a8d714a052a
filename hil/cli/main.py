"""The command `hil`."""

from __future__ import annotations

import importlib.metadata
import sys
import traceback
from typing import NoReturn

import typer

from hil.cli import check, compare, history, report, requirements, run, selftest, stop, verify, virtual
from hil.errors import BENCH_TROUBLE, BadInput, NotProvenSafe
from hil.running.ending import EXIT_COULD_NOT_RUN, EXIT_NOT_SAFE

DEBUG = "--debug"
STATED: tuple[type[Exception], ...] = (BadInput, *BENCH_TROUBLE)
"""Exceptions whose message says everything a user needs."""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Hardware-in-the-loop bench for energy-sharing converters driven by APIS.",
)
app.command("run")(run.run)
app.command("check")(check.check)
app.command("stop")(stop.stop)
app.command("virtual", add_help_option=False, context_settings=virtual.PASS_EVERYTHING_ON)(virtual.virtual)
app.command("selftest")(selftest.selftest)
app.command("requirements")(requirements.requirements)
app.command("report")(report.report)
app.command("verify")(verify.verify)
app.command("compare")(compare.compare)
app.command("history")(history.history)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"hil {importlib.metadata.version('apis-hil')}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
    debug: bool = typer.Option(False, DEBUG, help="Show the traceback of an error; works behind any command."),
) -> None:
    """Take the options that stand before the command; `main` looks for --debug itself."""


def main() -> None:
    """Run one command; every error ends in one sentence, with --debug in its traceback too."""
    debug = DEBUG in sys.argv
    sys.argv = [word for word in sys.argv if word != DEBUG]
    try:
        app()
    except NotProvenSafe as error:
        _end(str(error), EXIT_NOT_SAFE, debug)
    except STATED as error:
        _end(str(error), EXIT_COULD_NOT_RUN, debug)
    except Exception as error:  # noqa: BLE001 - the last one to be asked; it says whose bug it is
        sentence = f"This is a bug in the harness ({type(error).__name__}: {error}). {DEBUG} shows where; report it."
        _end(sentence, EXIT_COULD_NOT_RUN, debug)


def _end(sentence: str, status: int, debug: bool) -> NoReturn:
    if debug:
        traceback.print_exc()
    sys.stderr.write(f"{sentence}\n")
    sys.exit(status)


if __name__ == "__main__":
    main()
