"""What a bench file says besides numbers: paths are meant from where it lies."""

from __future__ import annotations

from pathlib import Path

from hil.bench import file as bench_file

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
