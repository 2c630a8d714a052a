"""The dialogues of several units, to the letter."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from hil.client import Client, Policy
from hil.client.report import CallRecord
from hil.client.sequences import (
    ConverterUnit,
    Deal,
    GridMaster,
    PeriodicAcquisition,
    acquire,
    compensate,
    hand_over,
    scram,
)
from hil.converter import Mode
from tests.client.conftest import FakeClock, FakeUnit

STATUS = "/dcdc/get/status"
STOPPED = "/dcdc/set?mode=0x0000&dvg=350.0&dig=0.0&drg=0"


def ready(client: Client, unit: FakeUnit, mode: str, **state: float) -> None:
    unit.state |= {"mode": mode, "dvg": 350.0, "vg": 350.0} | state
    assert client.run(acquire).succeeded
    unit.requests.clear()


def dialogue(calls: tuple[CallRecord, ...]) -> list[tuple[str, str]]:
    return [(call.unit, call.path) for call in calls]


def test_hand_over_when_the_deal_has_ended(client: Client, unit: FakeUnit, peer_client: Client, peer: FakeUnit) -> None:
    ready(client, unit, "0x0014", dig=2.3, ig=0.4)
    ready(peer_client, peer, "0x0041", vg=349.0, dig=1.0, ig=1.0)
    report = hand_over(client, peer_client)
    assert report.succeeded
    assert dialogue(report.calls) == [
        ("E001", "/dcdc/set?dvg=350.0&drg=0.039"),
        ("E002", "/dcdc/set?mode=0x0014&dvg=350.0&dig=2.3&drg=0.039"),
        ("E001", "/dcdc/set?dig=1.3"),
        ("E001", "/dcdc/set?dig=0.29999995"),
        ("E001", "/dcdc/set?dig=0.0"),
        *[("E001", STATUS)] * 3,
        ("E001", STOPPED),
        ("E002", "/dcdc/set?dvg=350.0&drg=0"),
    ]


@pytest.mark.parametrize(
    ("mode", "command"), [(Mode.CHARGE, "mode=0x0041&dvg=350.0"), (Mode.DISCHARGE, "mode=0x0002&dvg=380.0")]
)
def test_hand_over_when_the_deal_goes_on(
    client: Client, unit: FakeUnit, peer_client: Client, peer: FakeUnit, mode: Mode, command: str
) -> None:
    ready(client, unit, "0x0014", dig=2.3, ig=-0.95)
    ready(peer_client, peer, "0x0000")
    report = hand_over(client, peer_client, mode)
    assert dialogue(report.calls)[2] == ("E001", f"/dcdc/set?{command}&dig=0.95&drg=0")
    assert report.succeeded


def test_hand_over_at_the_actual_voltage(client: Client, unit: FakeUnit, peer_client: Client, peer: FakeUnit) -> None:
    actual = client.policy.grid_master.model_copy(update={"voltage_reference_take_over_dvg": "actual"})
    client.policy = client.policy.model_copy(update={"grid_master": actual})
    ready(client, unit, "0x0014", dig=2.3)
    ready(peer_client, peer, "0x0041", vg=348.5, dig=1.0, ig=1.0)
    assert "&dvg=348.5&" in hand_over(client, peer_client).calls[1].path


def test_hand_over_ends_at_the_first_failure(
    client: Client, unit: FakeUnit, peer_client: Client, peer: FakeUnit
) -> None:
    ready(client, unit, "0x0014", dig=2.3)
    ready(peer_client, peer, "0x0041", dig=1.0, ig=1.0)
    peer.script = [("/dcdc/set", {"status": {"operationMode": "Heteronomy CV"}})]
    report = hand_over(client, peer_client)
    assert not report.succeeded
    assert len(report.calls) == 2
    assert unit.state["mode"] == "0x0014"


def test_scram_spares_the_reference_and_then_stops_everyone(
    client: Client, unit: FakeUnit, peer_client: Client, peer: FakeUnit, clock: FakeClock
) -> None:
    ready(client, unit, "0x0014", dig=2.3)
    ready(peer_client, peer, "0x0041", dig=1.0, ig=1.0)
    clock.latency = 0.3
    begun = clock.now()
    report = scram([client, peer_client], clock)
    assert report.succeeded
    assert peer.requests == ["/dcdc/set?dig=0.0", STATUS, STOPPED, STOPPED]
    assert unit.requests == ["/dcdc/set?dvg=310.0&drg=0", STATUS, STOPPED]
    first = min(call.start for call in report.calls if call.unit == "E001")
    assert first - begun == pytest.approx(5.0)
    assert report.duration == pytest.approx(5.0 + 0.3 + 0.1 + 0.3 + 0.3)


def test_scram_does_not_wait_for_a_slow_unit(
    client: Client, unit: FakeUnit, peer_client: Client, peer: FakeUnit, clock: FakeClock
) -> None:
    ready(client, unit, "0x0014", dig=2.3)
    ready(peer_client, peer, "0x0002", dig=2.3, ig=-2.3)
    clock.latency = 2.0
    report = scram([client, peer_client], clock)
    reference_touched = min(call.start for call in report.calls if call.unit == "E001")
    busy = [call for call in report.calls if call.unit == "E002" and call.start < reference_touched < call.end]
    assert busy, "the follower is still being stepped down when the reference is lowered"


def test_compensation_corrects_by_the_whole_error(
    client: Client, unit: FakeUnit, peer_client: Client, peer: FakeUnit, clock: FakeClock, policy: Policy
) -> None:
    ready(client, unit, "0x0014", dig=2.3)
    ready(peer_client, peer, "0x0002", dvg=380.0, dig=1.0, ig=-1.0)

    def losses(path: str) -> None:
        unit.state["ig"] = peer.state["dig"] - 0.1

    unit.on_request = losses
    master = GridMaster(policy, clock)
    sides = ConverterUnit(client, master.log), ConverterUnit(peer_client, master.log)
    assert compensate(master, *sides, target=1.0, holder_charges=True)
    assert dialogue(tuple(master.log.calls)) == [
        ("E001", STATUS),
        ("E002", "/dcdc/set?dig=1.1"),
        ("E002", STATUS),
        ("E001", STATUS),
    ]


def test_compensation_gives_up_after_three_corrections(
    client: Client, unit: FakeUnit, peer_client: Client, peer: FakeUnit, clock: FakeClock, policy: Policy
) -> None:
    ready(client, unit, "0x0014", dig=2.3, ig=-0.96)
    ready(peer_client, peer, "0x0041", dig=1.0, ig=1.0)
    master = GridMaster(policy, clock)
    sides = ConverterUnit(client, master.log), ConverterUnit(peer_client, master.log)
    assert not compensate(master, *sides, target=-1.0, holder_charges=False)
    commands = [call.path for call in master.log.calls if call.unit == "E002" and call.path != STATUS]
    assert commands == ["/dcdc/set?dig=1.04", "/dcdc/set?dig=1.0799999", "/dcdc/set?dig=1.1199999"]
    assert [call.path for call in master.log.calls if call.unit == "E001"] == [STATUS] * 4
    assert master.log.errors[-1].triplet == "HARDWARE:GLOBAL:WARN"


def grid(reference: Any, follower: Any) -> None:
    """Let the two units share one grid: what the follower gives, the reference takes."""

    def settle(path: str) -> None:
        follower.state["vg"] = reference.state["vg"]
        reference.state["ig"] = -follower.state["ig"]
        reference.wb, follower.wb = 340.0 * reference.state["ig"], 360.0 * follower.state["ig"]

    reference.on_request = follower.on_request = settle


def deal_of(client: Client, peer_client: Client, clock: FakeClock, policy: Policy, **options: Any) -> Deal:
    master = GridMaster(policy, clock)
    sides = ConverterUnit(client, master.log), ConverterUnit(peer_client, master.log)
    return Deal(master, *sides, Random(3), **options)


def test_whole_deal(
    client: Client, unit: FakeUnit, peer_client: Client, peer: FakeUnit, clock: FakeClock, policy: Policy
) -> None:
    grid(unit, peer)
    clock.latency = 0.25
    report = deal_of(client, peer_client, clock, policy, energy=1.0).run()
    assert report.succeeded
    moments = ["activated", "ramped up", "authorized", "sharing", "started", "delivered", "released", "stopped"]
    assert list(report.moments) == moments
    assert sorted(report.moments.values()) == list(report.moments.values())
    # 340 W counted every 5.25 s, after each loop: 0.4958 Wh per loop, strictly more than 1 Wh after three.
    assert report.energy == pytest.approx(3 * 340 * 5.25 / 3600, rel=0.1)
    calls = dialogue(report.report.calls)
    sets = [call for call in calls if call[1].startswith("/dcdc/set")]
    assert sets[0] == ("E001", "/dcdc/set?mode=0x0014&dvg=350.0&dig=2.3&drg=0")
    assert sets[5:8] == [
        ("E002", "/dcdc/set?mode=0x0002&dvg=380.0&dig=1.0&drg=0"),
        ("E002", "/dcdc/set?dig=1.0"),
        ("E002", "/dcdc/set?dig=0.0"),
    ]
    assert sets[8:] == [("E002", STOPPED), ("E001", "/dcdc/set?dvg=310.0&drg=0"), ("E001", STOPPED)]
    assert calls[:2] in ([("E001", "/all/get"), ("E002", "/all/get")], [("E002", "/all/get"), ("E001", "/all/get")])
    assert report.report.errors == ()


def test_deal_is_discarded_after_three_failed_authorizations(
    client: Client, unit: FakeUnit, peer_client: Client, peer: FakeUnit, clock: FakeClock, policy: Policy
) -> None:
    def stuck(path: str) -> None:
        peer.state["vg"] = unit.state["vg"]
        if path == "/all/get":
            unit.state["vg"] = 0.0
        elif "mode=0x0014" in path:
            unit.hold_voltage = False
        elif path.startswith("/dcdc/set?dvg"):
            unit.hold_voltage = True

    unit.on_request = stuck
    report = deal_of(client, peer_client, clock, policy).run()
    assert not report.succeeded
    assert report.resets == 3
    assert report.report.errors[-1].text == "deal reset limit exceeded: 3"
    assert unit.state["mode"] == "0x0000"


def test_withdrawn_permission_ends_the_deal(
    client: Client, unit: FakeUnit, peer_client: Client, peer: FakeUnit, clock: FakeClock, policy: Policy
) -> None:
    grid(unit, peer)
    deal = deal_of(client, peer_client, clock, policy)

    def deny() -> bool:
        if peer.state["mode"] == "0x0002":
            peer.permission = 0
        return False

    deal.stop_requested = deny
    report = deal.run()
    assert not report.succeeded
    assert "started" in report.moments
    assert "delivered" not in report.moments
    assert report.report.has_error("HARDWARE:LOCAL:ERROR")
    assert (unit.state["mode"], peer.state["mode"]) == ("0x0000", "0x0000")


def test_foreign_source_scrams_both(
    client: Client, unit: FakeUnit, peer_client: Client, peer: FakeUnit, clock: FakeClock, policy: Policy
) -> None:
    unit.state["vg"] = peer.state["vg"] = 350.0
    report = deal_of(client, peer_client, clock, policy).run()
    assert report.report.has_error("HARDWARE:GLOBAL:ERROR")
    assert unit.requests == ["/all/get", STOPPED]
    assert peer.requests == ["/all/get", STOPPED, STOPPED]
    assert report.report.duration == pytest.approx(5.0)


def test_deal_gives_up_a_grid_that_stays_in_the_mask(
    client: Client, unit: FakeUnit, peer_client: Client, peer: FakeUnit, clock: FakeClock, policy: Policy
) -> None:
    unit.state["vg"] = peer.state["vg"] = 300.0
    report = deal_of(client, peer_client, clock, policy, patience=20.0).run()
    assert not report.succeeded
    assert report.report.duration == pytest.approx(20.0)
    assert report.report.errors[-1].triplet == "LOGIC:GLOBAL:WARN"


def test_deal_on_an_empty_battery_is_aborted(
    client: Client, unit: FakeUnit, peer_client: Client, peer: FakeUnit, clock: FakeClock, policy: Policy
) -> None:
    grid(unit, peer)
    peer.rsoc = 19.9
    report = deal_of(client, peer_client, clock, policy).run()
    assert not report.succeeded
    assert peer.requests[-1] == unit.requests[-1] == STOPPED


def test_deal_that_breaks_stops_both_units(
    client: Client, unit: FakeUnit, peer_client: Client, peer: FakeUnit, clock: FakeClock, policy: Policy
) -> None:
    grid(unit, peer)

    def break_down() -> bool:
        if peer.state["mode"] == "0x0002":
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        deal_of(client, peer_client, clock, policy, stop_requested=break_down).run()
    assert (unit.state["mode"], peer.state["mode"]) == ("0x0000", "0x0000")


def test_periodic_acquisition_counts_from_the_end_of_the_last(client: Client, unit: FakeUnit, clock: FakeClock) -> None:
    clock.latency = 0.5
    acquisition = PeriodicAcquisition(client)
    clock.sleep(12.0)
    reports = acquisition.stop()
    assert [report.start for report in reports] == pytest.approx([0.0, 5.5, 11.0])


def test_periodic_acquisition_is_put_off_by_an_urgent_one(client: Client, unit: FakeUnit, clock: FakeClock) -> None:
    clock.latency = 0.5
    acquisition = PeriodicAcquisition(client)
    clock.sleep(3.0)
    client.run(acquire)
    clock.sleep(9.0)
    assert [report.start for report in acquisition.stop()] == pytest.approx([0.0, 8.0])
