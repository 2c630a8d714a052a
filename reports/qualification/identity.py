"""Sections that identify: report, parties, device, bench, instruments, run, software."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hil.evidence.manifest import ClientFile, Instrument, Manifest
from reports.blocks import Block, heading, pairs, table, text

BREAK = "\N{ZERO WIDTH SPACE}"
"""Where a long word may be broken."""
UNITS = {"v": ("V", 1.0), "a": ("A", 1.0), "w": ("W", 1.0), "f": ("µF", 1e6), "s": ("s", 1.0)}
"""Of a rating, by the end of its name: unit, and how many of it the unit of the name is."""
LOOP_TIMES = ("period", "mean_period", "longest_period", "jitter", "longest_turn", "oldest")


def report_pairs(manifest: Manifest, texts: dict[str, Any], issued: datetime) -> Block:
    """Return number, revision, dates and digest of the report."""
    label = texts["label"]
    rows = [
        (label["number"], f"{manifest.run}/{manifest.digest[:8]}"),
        (label["issued"], f"{issued:%Y-%m-%d %H:%M} UTC"),
        (label["digest"], manifest.digest),
    ]
    return pairs(rows, label["not_stated"])


def parties(manifest: Manifest, texts: dict[str, Any]) -> Block:
    """Return who tested and for whom."""
    label, lab, customer = texts["label"], manifest.laboratory, manifest.customer
    rows = [
        (label["laboratory"], lab.name),
        (label["laboratory_address"], lab.address),
        (label["laboratory_contact"], lab.contact),
        (label["customer"], customer.name),
        (label["customer_address"], customer.address),
        (label["customer_contact"], customer.contact),
        (label["operator"], manifest.operator),
    ]
    return pairs(rows, label["not_stated"])


def device(manifest: Manifest, texts: dict[str, Any], internal: bool) -> list[Block]:
    """Return type, serial, versions, condition and declared ratings of the DUT."""
    label, dut = texts["label"], manifest.dut
    keys = (
        "manufacturer",
        "model",
        "part_number",
        "serial",
        "hardware_version",
        "firmware_version",
        "driver_version",
        "condition",
    )
    rows: list[tuple[str, object]] = [(label[key], getattr(dut, key)) for key in keys]
    rows.append((label["received"], dut.received))
    if internal:
        rows.append((label["driver"], dut.address))
    blocks = [pairs(rows, label["not_stated"])]
    if dut.ratings:
        blocks += [heading(texts["section"]["ratings"]), pairs(map(_rating, _flat(dut.ratings)), label["not_stated"])]
    return blocks


def bench(manifest: Manifest, texts: dict[str, Any], internal: bool) -> list[Block]:
    """Return the bench, and whether it is a simulator."""
    label, place = texts["label"], manifest.bench
    rows: list[tuple[str, object]] = [
        (label["bench"], place.name),
        (label["virtual"], label["yes"] if place.virtual else label["no"]),
        (label["mode"], texts["mode"].get(place.mode, place.mode)),
        (label["location"], place.location),
        (label["wiring"], place.wiring),
        (label["identity"], place.identity),
    ]
    if internal:
        rows.append((label["file"], place.file))
    words, section = texts["emulator"], texts["section"]
    blocks = [pairs(rows, label["not_stated"])]
    if manifest.emulator:
        loop = [(words.get(key, key), _loop_figure(key, value)) for key, value in manifest.emulator.items()]
        blocks += [heading(section["emulator"]), pairs(loop, label["not_stated"])]
    if manifest.latency_budget:
        parts = [(key, f"{1000.0 * seconds:.3g} ms") for key, seconds in manifest.latency_budget.items()]
        blocks += [heading(section["latency"]), pairs(parts, label["not_stated"])]
    return blocks


def instruments(manifest: Manifest, texts: dict[str, Any], internal: bool) -> list[Block]:
    """Return every instrument with its calibration."""
    if not manifest.instruments:
        return [text(texts["none"]["instruments"])]
    names = ["role", "instrument", "serial", "firmware", "certificate", "due", "accuracy"]
    widths = [1.4, 2.2, 1.5, 1.4, 1.4, 1.1, 2.2]
    if internal:
        names.append("address")
        widths.append(2.0)
    column = [texts["column"][name] for name in names]
    rows = [_instrument(item, texts["label"], internal) for item in manifest.instruments]
    blocks = [table(column, rows, widths)]
    if manifest.protections:
        kinds = list(dict.fromkeys(kind for own in manifest.protections.values() for kind in own))
        set_to = [[name, *(own.get(kind, "") for kind in kinds)] for name, own in manifest.protections.items()]
        names = [texts["column"]["instrument"], *kinds]
        blocks += [heading(texts["section"]["protections"]), table(names, set_to, [2.0, *(1.6 for _ in kinds)])]
    return blocks


def environment(manifest: Manifest, texts: dict[str, Any]) -> list[Block]:
    """Return the environmental conditions as recorded."""
    if not manifest.environment:
        return [text(texts["none"]["environment"])]
    return [pairs(manifest.environment.items(), texts["label"]["not_stated"])]


def course(manifest: Manifest, texts: dict[str, Any], internal: bool) -> list[Block]:
    """Return when and how the run was made."""
    label = texts["label"]
    rows: list[tuple[str, object]] = [
        (label["run"], manifest.run),
        (label["start"], f"{manifest.start:%Y-%m-%d %H:%M:%S}"),
        (label["end"], f"{manifest.end:%Y-%m-%d %H:%M:%S}" if manifest.end else ""),
        (label["bench_time"], "" if manifest.bench_seconds is None else f"{manifest.bench_seconds:.0f} s"),
        (label["bench_efficiency"], _percent(manifest.bench_efficiency)),
        (label["profile"], manifest.profile),
        (label["rule"], manifest.decision_rule),
        (label["exit_status"], manifest.exit_status),
    ]
    if manifest.seed is not None:
        rows.append((label["seed"], manifest.seed))
    if internal:
        rows.append((label["command"], manifest.command))
    return [pairs(rows, label["not_stated"])]


def _percent(fraction: float | None) -> str:
    return "" if fraction is None else f"{100.0 * fraction:.0f} %"


def software(manifest: Manifest, texts: dict[str, Any]) -> list[Block]:
    """Return the versions of everything that took part, and the client files used as the source of limits."""
    label, harness = texts["label"], manifest.harness
    tree = label["modified" if harness.dirty else "clean"]
    packages = ", ".join(f"{name} {version}" for name, version in sorted(manifest.versions.packages.items()))
    rows = [
        (label["harness"], harness.version),
        (label["commit"], f"{harness.commit} ({tree})" if harness.commit else ""),
        (label["python"], manifest.versions.python),
        (label["system"], manifest.versions.system),
        (label["packages"], packages),
        (label["policy"], _client_file(manifest.policy)),
        (label["hwconfig"], _client_file(manifest.hwconfig)),
    ]
    return [pairs(rows, label["not_stated"])]


def _instrument(item: Instrument, label: dict[str, str], internal: bool) -> list[object]:
    calibration = item.calibration
    certificate = calibration.certificate if calibration else ""
    if calibration and calibration.laboratory:
        certificate += f" ({calibration.laboratory})"
    row: list[object] = [
        ", ".join(item.roles),
        f"{item.name}: {item.maker} {item.model}".strip(),
        item.serial or label["not_stated"],
        item.firmware.replace("-", f"-{BREAK}"),
        label["virtual"] if item.simulated else certificate or label["not_stated"],
        calibration.due if calibration and not item.simulated else "",
        "; ".join(f"{quantity}: {accuracy}" for quantity, accuracy in item.accuracy.items()),
    ]
    return [*row, item.address] if internal else row


def _rating(row: tuple[str, object]) -> tuple[str, object]:
    """Return the name of a rating without its unit, and its value with it."""
    name, value = row
    words, _, suffix = name.rpartition("_")
    if suffix not in UNITS or not isinstance(value, int | float):
        return name.replace(".", ": ").replace("_", " "), value
    unit, factor = UNITS[suffix]
    return words.replace(".", ": ").replace("_", " "), f"{factor * value:g} {unit}"


def _loop_figure(key: str, value: str) -> str:
    """Return a figure of the battery emulator with its unit; the manifest has seconds and fractions."""
    if key in LOOP_TIMES:
        return f"{1000.0 * float(value):.3f} ms"
    return f"{100.0 * float(value):.4g} %" if key == "within_5ms" else value


def _client_file(file: ClientFile | None) -> str:
    return "" if file is None else f"{file.name}, SHA-256 {file.sha256}"


def _flat(values: dict[str, Any], prefix: str = "") -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    for key, value in values.items():
        rows += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)]
    return rows
