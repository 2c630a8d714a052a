"""The virtual bench as a program: `python -m hil.virtual BENCHFILE`, or `hil virtual`."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from hil.virtual import defects
from hil.virtual.parameters import VirtualParameters, read
from hil.virtual.timekeeping import Timekeeping
from hil.virtual.wires import time_wire
from hil.virtual.world import World

LONELY = 4.0
"""Seconds after which a bench that was started for one run ends when its last client has gone."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def serve(
    bench: Annotated[Path, typer.Argument(help="The bench file.")] = Path("benches/virtual.toml"),
    defect: Annotated[list[str] | None, typer.Option(help="Switch a defect or bench trouble on (repeatable).")] = None,
    oddity: Annotated[list[str] | None, typer.Option(help="Switch a legal oddity on (repeatable).")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all noise.")] = None,
    speed: Annotated[str | None, typer.Option(help="stepped or realtime; realtime without --announce.")] = None,
    announce: Annotated[
        bool, typer.Option(help="For a run: print the addresses as JSON, end when it has gone.")
    ] = False,
    time_port: Annotated[int, typer.Option(help="Port of the time wire, to attach runs to; 0: any.")] = 0,
    list_defects: Annotated[bool, typer.Option(help="List defects, oddities and troubles, and stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --list-defects: for programs.")] = False,
) -> None:
    """Serve a virtual bench until stopped, and print every address."""
    if list_defects:
        _list(as_json)
        return
    try:
        chosen = [
            *defects.find(defect or (), ("defect", "trouble")),
            *defects.find(oddity or (), ("oddity",)),
        ]
        changes: dict[str, Any] = {} if seed is None else {"seed": seed}
        if speed is not None or not announce:
            changes["speed"] = speed or "realtime"
        world = World(read(bench, chosen, changes))
    except ValidationError as error:
        _give_up(f"{bench}, table [virtual]: {_faults(error)}.", error)
    except (OSError, ValueError, KeyError) as error:
        _give_up(f"{bench}: {error}", error)
    try:
        asyncio.run(_serve(world, announce, time_port))
    except OSError as error:
        _give_up(f"The virtual bench cannot listen: {error}", error)


def _give_up(sentence: str, error: Exception) -> NoReturn:
    """End with status 2 and a sentence."""
    sys.stderr.write(f"{sentence}\n")
    raise SystemExit(2) from error


def _faults(error: ValidationError) -> str:
    """Return key, complaint and what was found, for each problem."""
    return "; ".join(
        f"key '{'.'.join(map(str, each['loc']))}': {each['msg']}, found {str(each['input'])[:60]}"
        for each in error.errors()
    )


async def _serve(world: World, announce: bool, at: int) -> None:
    keeper = Timekeeping(world.environment, held=announce and world.parameters.speed == "stepped")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    addresses = await world.open_ports(keeper)
    time_port = await time_wire.listen(keeper, world.inspect, at)
    if announce:
        sys.stdout.write(json.dumps({"time": time_port, **asdict(addresses)}) + "\n")
        sys.stdout.flush()
        lonely = loop.create_task(_end_when_lonely(keeper, stop))
    else:
        _print_addresses(world.parameters, asdict(addresses), time_port)
        lonely = None
    keeper.start()
    await stop.wait()
    if lonely is not None:
        lonely.cancel()


async def _end_when_lonely(keeper: Timekeeping, stop: asyncio.Event) -> None:
    """End once no client has been connected for a while; a pseudo-terminal does not count as one."""
    silent = 0.0
    while silent < LONELY:
        await asyncio.sleep(0.5)
        silent = 0.0 if keeper.has_clients else silent + 0.5
    stop.set()


def _print_addresses(parameters: VirtualParameters, addresses: dict[str, Any], time_port: int) -> None:
    table = Table(title=f"Virtual bench, {parameters.speed}, seed {parameters.seed}. Ctrl-C ends it.")
    table.add_column("what")
    table.add_column("address")
    table.add_column("kind")
    for name, address in addresses["instruments"].items():
        table.add_row(name, address, parameters.instruments[name].personality)
    table.add_row("driver", addresses["driver"], "Web API")
    if addresses["peer"] is not None:
        table.add_row("peer", addresses["peer"], "Web API of the second unit")
    table.add_row("bms", addresses["bms"], "Modbus RTU, the driver is master")
    table.add_row("time", f"127.0.0.1:{time_port}", "time wire")
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def _list(as_json: bool) -> None:
    if as_json:
        entries = defects.catalogue().values()
        sys.stdout.write(json.dumps([entry.model_dump(exclude={"set"}) | {"sets": [*entry.set]} for entry in entries]))
        return
    table = Table(title="What can be wrong with a virtual bench")
    for column in ("name", "kind", "summary", "caught by"):
        table.add_column(column)
    for entry in defects.catalogue().values():
        table.add_row(entry.name, entry.kind, entry.summary, " ".join(entry.caught_by))
    Console(width=None if sys.stdout.isatty() else 160).print(table)


if __name__ == "__main__":
    app(prog_name="hil virtual")
