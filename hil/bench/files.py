"""Everything a run reads before it touches anything: bench file, DUT file, the owner's policy and hwConfig."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hil.bench import dut as dut_file
from hil.bench import file as bench_file
from hil.bench.dut import DutFile
from hil.bench.file import BenchFile
from hil.client import HwConfig, Policy, load_hwconfig, load_policy
from hil.inventory import Computer, Line, load_computer, load_line


@dataclass(frozen=True)
class Files:
    """What was read, and from where. computer, line: the inventory, where the DUT file names one."""

    bench_path: Path
    policy_path: Path
    hwconfig_path: Path
    bench: BenchFile
    dut: DutFile
    policy: Policy
    hwconfig: HwConfig
    computer: Computer | None = None
    line: Line | None = None

    @property
    def resting_voltage(self) -> float:
        """Return the dvg in V with which apis-main leaves a stopped converter: the operating grid voltage."""
        return self.policy.operation_grid_voltage


def read(bench: Path, policy: Path | None = None, hwconfig: Path | None = None) -> Files:
    """Read and check all files; `policy` and `hwconfig` replace those of the bench file. Raises BadInput."""
    described = bench_file.load(bench)
    folder = bench.resolve().parent
    policy_path = policy or folder / described.bench.policy
    hwconfig_path = hwconfig or folder / described.bench.hwconfig
    dut_path = folder / described.bench.dut
    dut = dut_file.load(dut_path)
    inventory = dut.inventory
    return Files(
        bench_path=bench.resolve(),
        policy_path=policy_path,
        hwconfig_path=hwconfig_path,
        bench=described,
        dut=dut,
        policy=load_policy(policy_path),
        hwconfig=load_hwconfig(hwconfig_path),
        computer=None if inventory.computer is None else load_computer(dut_path.parent / inventory.computer),
        line=None if inventory.line is None else load_line(dut_path.parent / inventory.line),
    )
