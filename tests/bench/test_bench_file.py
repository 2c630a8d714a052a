"""What a bench file says besides numbers: paths are meant from where it lies; what cannot be made safe is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.bench import file as bench_file
from hil.errors import BadInput

ROOT = Path(__file__).resolve().parents[2]


def test_tables_of_the_battery_lie_beside_the_bench_file(tmp_path: Path) -> None:
    text = (ROOT / "benches/example-lab.toml").read_text(encoding="utf-8")
    text = text.replace("[battery] ", '[battery]\ncell_table = "cell.csv" ').replace(
        "[emulator]\n", '[emulator]\nreplay = "day.csv"\n'
    )
    (tmp_path / "bench.toml").write_text(text, encoding="utf-8")
    read = bench_file.load(tmp_path / "bench.toml")
    assert (read.battery.cell_table, read.emulator.replay) == (tmp_path / "cell.csv", tmp_path / "day.csv")
    assert bench_file.load(ROOT / "benches/example-lab.toml").battery.cell_table is None


def test_nobody_is_asked_to_make_a_bench_safe(tmp_path: Path) -> None:
    text = (
        (ROOT / "benches/example-lab.toml")
        .read_text(encoding="utf-8")
        .replace('dialect = "ea"', 'dialect = "manual"', 1)
    )
    (tmp_path / "bench.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match="cannot make an instrument safe that a person operates"):
        bench_file.load(tmp_path / "bench.toml")
