"""Everything a run reads before it touches anything: bench file, DUT file, the owner's policy and hwConfig."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hil.bench import dut as dut_file
from hil.bench import file as bench_file
from hil.bench.dut import DutFile
from hil.bench.file import BenchFile
from hil.client import HwConfig, Policy, load_hwconfig, load_policy


@dataclass(frozen=True)
class Files:
    """What was read, and from where."""

    bench_path: Path
    policy_path: Path
    hwconfig_path: Path
    bench: BenchFile
    dut: DutFile
    policy: Policy
    hwconfig: HwConfig

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
    return Files(
        bench_path=bench.resolve(),
        policy_path=policy_path,
        hwconfig_path=hwconfig_path,
        bench=described,
        dut=dut_file.load(folder / described.bench.dut),
        policy=load_policy(policy_path),
        hwconfig=load_hwconfig(hwconfig_path),
    )
