"""Collects what the requirements ask about a unit's computer and its network line, and prints it as JSON.

Copy this one file to the computer and run it there with Python 3.8 or newer; nothing has to be installed.

On the unit's own computer, with what only a person can know:
    python3 collect.py computer --confirm orderly_shutdown > computer.json
On another node of the same network, while `iperf3 -s` runs on the unit:
    python3 collect.py line UNIT > line.json

It reads, and changes nothing. What it cannot find out stands as null in the answer.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
from pathlib import Path

COMMAND_TIMEOUT = 30.0
"""Seconds for any program that is asked."""
CONNECT_TIMEOUT = 3.0
"""Seconds for a connection."""
SECTOR = 512
"""Bytes; the unit of /sys/block/*/size, whatever the device."""
THROUGHPUT_SECONDS = 5
SSH_PORT = 22
DRIVER_PORT = 4380
"""Where apis-main expects the driver unless its config.json says otherwise."""
UNITS = {"K": 1024, "M": 1024**2, "G": 1024**3, "": 1}
ITEMS = (
    "processor_64_bit",
    "linux_64_bit",
    "openjdk",
    "automatic_start",
    "ssh",
    "log_rotation",
    "orderly_shutdown",
)


def main(words: list[str] | None = None) -> None:
    """Collect and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    commands = parser.add_subparsers(dest="document", required=True)
    computer = commands.add_parser("computer", help="this computer")
    computer.add_argument("--confirm", action="append", default=[], choices=ITEMS, help="it is there, a person says")
    computer.add_argument("--deny", action="append", default=[], choices=ITEMS, help="it is not there, a person says")
    computer.add_argument("--logs", type=Path, default=Path("/var/log"), help="where logs are written")
    line = commands.add_parser("line", help="the line to other units")
    line.add_argument("peers", nargs="+", metavar="UNIT", help="host name of another unit")
    line.add_argument("--driver-port", type=int, default=DRIVER_PORT)
    chosen = parser.parse_args(words)
    found = {
        "document": chosen.document,
        "host": platform.node(),
        "collected": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),  # noqa: UP017 - 3.8
    }
    if chosen.document == "computer":
        found.update(describe_computer(chosen.logs, chosen.confirm, chosen.deny))
    else:
        found["peers"] = {peer: describe_peer(peer, chosen.driver_port) for peer in chosen.peers}
    json.dump(found, sys.stdout, indent=2)
    sys.stdout.write("\n")


def describe_computer(logs: Path, confirmed: list[str], denied: list[str]) -> dict[str, object]:
    """Return everything about this computer. What a person confirms or denies goes before what was found."""
    items = {
        "processor_64_bit": platform.machine().lower() in ("aarch64", "arm64", "x86_64", "amd64"),
        "linux_64_bit": platform.system() == "Linux" and sys.maxsize > 2**32,
        "openjdk": is_openjdk(said("java", "-version")),
        "automatic_start": starts_apis(said("systemctl", "list-unit-files", "--state=enabled", "--no-legend")),
        "ssh": True if speaks_ssh("127.0.0.1") else None,
        "log_rotation": True if rotates_logs() else None,
        "orderly_shutdown": None,
    }
    items.update(dict.fromkeys(confirmed, True))
    items.update(dict.fromkeys(denied, False))
    return {
        "clock": clock_hz(),
        "cache": first_level_cache(),
        "memory": memory_bytes(text_of(Path("/proc/meminfo"))),
        "storage": storage_bytes(),
        "log_storage": float(shutil.disk_usage(logs).free) if logs.exists() else None,
        "items": items,
    }


def describe_peer(peer: str, driver_port: int) -> dict[str, object]:
    """Return everything about the line to one other unit."""
    throughput, uncertainty = throughput_of(said("iperf3", "-c", peer, "-t", str(THROUGHPUT_SECONDS), "-J"))
    return {
        "throughput": throughput,
        "throughput_uncertainty": uncertainty,
        "ipv4": reached("-4", peer),
        "ipv6": reached("-6", peer),
        "driver_answers": connects(peer, driver_port),
    }


def clock_hz() -> float | None:
    """Return the highest clock of the fastest core in Hz."""
    kilohertz = [text_of(path) for path in Path("/sys/devices/system/cpu").glob("cpu*/cpufreq/cpuinfo_max_freq")]
    values = [float(text) * 1e3 for text in kilohertz if text]
    megahertz = re.findall(r"^cpu MHz\s*:\s*([\d.]+)", text_of(Path("/proc/cpuinfo")), re.MULTILINE)
    return max(values or [float(text) * 1e6 for text in megahertz], default=None)


def first_level_cache() -> float | None:
    """Return the first-level cache of the first core in bytes, instructions and data together."""
    caches = Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")
    sizes = [text_of(cache / "size") for cache in caches if text_of(cache / "level") == "1"]
    return float(sum(size_in_bytes(size) for size in sizes)) if sizes else None


def size_in_bytes(text: str) -> int:
    """Return the bytes that the kernel's "32K" means."""
    found = re.fullmatch(r"(\d+)([KMG]?)", text)
    return int(found.group(1)) * UNITS[found.group(2)] if found else 0


def memory_bytes(meminfo: str) -> float | None:
    """Return the memory in bytes, from the text of /proc/meminfo."""
    found = re.search(r"^MemTotal:\s+(\d+) kB", meminfo, re.MULTILINE)
    return float(found.group(1)) * 1024 if found else None


def storage_bytes() -> float | None:
    """Return the size of all real block devices together in bytes: those with a device behind them."""
    sizes = [text_of(block / "size") for block in Path("/sys/block").glob("*") if (block / "device").exists()]
    total = sum(int(size) * SECTOR for size in sizes if size.isdigit())
    return float(total) if total else None


def is_openjdk(version: str | None) -> bool | None:
    """Tell from the answer to `java -version`; None when there is no java on the path."""
    return None if version is None else "openjdk" in version.lower()


def starts_apis(enabled_units: str | None) -> bool | None:
    """Tell whether a service with "apis" in its name is enabled; None when none is, for it may start another way."""
    names = [line.split()[0] for line in (enabled_units or "").splitlines() if line.strip()]
    return True if any("apis" in name for name in names) else None


def rotates_logs() -> bool:
    """Tell whether logrotate is installed and has something to rotate."""
    rules = Path("/etc/logrotate.d")
    program = shutil.which("logrotate") or Path("/usr/sbin/logrotate").exists()
    return bool(program) and rules.is_dir() and any(rules.iterdir())


def speaks_ssh(host: str) -> bool:
    """Tell whether an ssh server answers on the usual port."""
    try:
        with socket.create_connection((host, SSH_PORT), CONNECT_TIMEOUT) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def connects(host: str, port: int) -> bool | None:
    """Tell whether a connection to the port is accepted; None when the host has no address."""
    try:
        socket.create_connection((host, port), CONNECT_TIMEOUT).close()
    except socket.gaierror:
        return None
    except OSError:
        return False
    return True


def reached(protocol: str, host: str) -> bool | None:
    """Tell whether `host` answers a ping over "-4" or "-6"; None when there is no ping."""
    if shutil.which("ping") is None:
        return None
    words = ["ping", protocol, "-c", "3", "-W", "2", host]
    try:
        return subprocess.run(words, capture_output=True, timeout=COMMAND_TIMEOUT, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def throughput_of(report: str | None) -> tuple[float | None, float | None]:
    """Return throughput and its expanded uncertainty (k = 2) in bit/s, from the report of `iperf3 -J`.

    Mean over the seconds of the report; U = 2 s / sqrt(n) with the standard deviation s of the n seconds.
    """
    try:
        seconds = [float(one["sum"]["bits_per_second"]) for one in json.loads(report or "")["intervals"]]
    except (ValueError, KeyError, TypeError):
        return None, None
    if len(seconds) < 2:
        return None, None
    return statistics.fmean(seconds), 2.0 * statistics.stdev(seconds) / math.sqrt(len(seconds))


def text_of(path: Path) -> str:
    """Return the text of a file of the kernel, "" where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def said(*words: str) -> str | None:
    """Return everything that a program printed; None when it is not there or does not end."""
    try:
        done = subprocess.run(
            list(words),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=COMMAND_TIMEOUT,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace")


if __name__ == "__main__":
    main()
