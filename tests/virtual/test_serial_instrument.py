"""A virtual instrument on a serial port, used by pyvisa alone and by a whole bench in stepped time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyvisa

from hil.bench import files
from hil.bench.opening import Opening, open_bench
from hil.bench.virtual_process import VirtualBenchProcess, VirtualOptions
from hil.converter import Mode

ROOT = Path(__file__).resolve().parents[2]


def bench_with_a_serial_meter(folder: Path) -> Path:
    """Write the virtual bench with its grid voltmeter on a serial port."""
    text = (ROOT / "benches" / "virtual.toml").read_text(encoding="utf-8")
    text = text.replace("../duts/", f"{ROOT}/duts/").replace('"plants/', f'"{ROOT}/benches/plants/')
    text = text.replace('probe = "grid_voltage"\n', 'probe = "grid_voltage"\nport = "serial"\n', 1)
    path = folder / "serial.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_any_visa_program_can_use_a_serial_instrument(tmp_path: Path) -> None:
    bench = VirtualBenchProcess(bench_with_a_serial_meter(tmp_path), VirtualOptions(speed="realtime"))
    try:
        resource = bench.addresses["instruments"]["grid_voltmeter"]
        assert resource.startswith("ASRL/dev/")
        meter: Any = pyvisa.ResourceManager("@py").open_resource(
            resource, read_termination="\n", write_termination="\n", timeout=5000
        )
        assert "VIRTUAL-VOLTMETER" in meter.query("*IDN?")
        assert abs(float(meter.query("READ?"))) < 1.0
        meter.close()
    finally:
        bench.end()


def test_a_bench_measures_through_a_serial_port(tmp_path: Path) -> None:
    with open_bench(files.read(bench_with_a_serial_meter(tmp_path)), Opening()) as bench:
        bench.arm()
        bench.grid.stiff(350.0)
        bench.converter.set_mode(Mode.CHARGE, 350.0, 1.0, 0.0)
        assert abs(bench.grid.voltage().value - 350.0) < 1.0
        report = bench.make_safe()
        assert report is not None
        assert report.proven
