"""Where real instruments differ from the standard and from each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hil.virtual.devices.scpi import PERSONALITIES

Desk = Any
RATINGS = {"nominal_voltage": 60, "nominal_current": 120, "nominal_power": 4000}


@pytest.mark.parametrize("personality", sorted(PERSONALITIES))
def test_everyone_says_who_they_are(personality: str, desk_of: Callable[..., Desk]) -> None:
    desk = desk_of(personality, probe=lambda: 0.0, serial="SN77")
    fields = desk.ask("*IDN?").split(",")
    assert len(fields) >= 4
    assert "SN77" in fields[2]
    assert desk.error() == 0


@pytest.mark.parametrize("personality", sorted(PERSONALITIES))
def test_nobody_is_on_at_first(personality: str, desk_of: Callable[..., Desk]) -> None:
    desk = desk_of(personality, probe=lambda: 0.0)
    assert not desk.stage.on
    assert desk.stage.set.get("voltage", 0.0) == 0.0


class TestEa:
    @pytest.fixture
    def desk(self, desk_of: Callable[..., Desk]) -> Desk:
        return desk_of("ea-psb10000", **RATINGS)

    def test_setting_needs_the_remote_lock_and_reading_does_not(self, desk: Desk) -> None:
        assert desk.ask("SYST:LOCK:OWN?") == "NONE"
        assert desk.ask("MEAS:VOLT?") == "0.00 V"
        desk.tell("VOLT 12")
        assert desk.error() == -221
        desk.tell("OUTP ON")
        assert desk.error() == -221
        assert not desk.stage.on
        desk.tell("SYST:LOCK ON")
        assert desk.ask("SYST:LOCK:OWN?") == "REMOTE"
        desk.tell("VOLT 12")
        assert desk.ask("VOLT?") == "12.00 V"

    def test_answers_carry_units_and_words(self, desk: Desk) -> None:
        desk.tell("SYST:LOCK 1;VOLT 43.5;CURR 30;OUTP ON")
        assert desk.ask("OUTP?") == "ON"
        assert desk.ask("MEAS:ARR?") == "43.50 V, 4.3 A, 189 W"
        assert desk.ask("SYST:NOM:VOLT?") == "60.00 V"
        assert desk.ask("SYST:NOM:CURR?") == "120.0 A"
        assert desk.ask("SYST:NOM:POW?") == "4000 W"

    def test_the_sink_quadrant_is_set_as_a_magnitude_and_read_as_negative(self, desk: Desk) -> None:
        desk.tell("SYST:LOCK ON;SINK:CURR 25;VOLT 40;OUTP ON")
        assert desk.stage.set["sink"] == 25
        desk.stage.resistance = -4.0
        assert desk.ask("MEAS:CURR?") == "-10.0 A"
        desk.tell("SINK:CURR -5")
        assert desk.error() == -222
        assert desk.ask("SINK:CURR?") == "25.0 A"

    def test_values_out_of_range_are_ignored(self, desk: Desk) -> None:
        desk.tell("SYST:LOCK ON;VOLT 20;VOLT:LIM:HIGH 30")
        desk.tell("VOLT 31")
        assert desk.error() == -222
        assert desk.ask("VOLT?") == "20.00 V"
        desk.tell("VOLT:LIM:HIGH 19")
        assert desk.error() == -221
        desk.tell("VOLT:LIM:HIGH 61.3")
        assert desk.error() == -222

    def test_a_message_too_soon_is_lost(self, desk: Desk) -> None:
        assert desk.send("*IDN?\n*STB?\n").count(b"\n") == 1
        desk.instrument.received(desk.connection, b"*STB?\n")
        desk.pass_time(0.0049)
        desk.instrument.received(desk.connection, b"*STB?\n")
        desk.pass_time(0.005)
        desk.instrument.received(desk.connection, b"*STB?\n")
        desk.connection.received = b""
        desk.pass_time(0.1)
        assert desk.connection.received.count(b"\n") == 1

    def test_the_buffer_is_small(self, desk: Desk) -> None:
        desk.tell(";".join(["*CLS"] * 6))
        assert desk.error() == -225
        desk.tell("*CLS" + " " * 260)
        assert desk.error() == -225
        desk.tell(";".join(["*CLS"] * 5))
        assert desk.error() == 0

    def test_an_idle_connection_is_closed(self, desk: Desk) -> None:
        desk.pass_time(4.9)
        assert desk.ask("*STB?")
        desk.pass_time(4.8)
        assert not desk.connection.closed
        desk.pass_time(0.3)
        assert desk.connection.closed

    def test_a_serial_port_does_not_hang_up(self, desk: Desk) -> None:
        desk.instrument.disconnected(desk.connection)
        desk.connection = desk.connect("tty:/dev/pts/9")
        desk.pass_time(20)
        assert desk.ask("*STB?")
        assert not desk.connection.closed

    def test_the_watchdog_leaves_remote_and_switches_off(self, desk: Desk) -> None:
        desk.tell("SYST:LOCK ON;SYST:COMM:MON:TIME 2;SYST:COMM:MON:ACT ON;VOLT 10;OUTP ON")
        for _ in range(4):
            desk.pass_time(1.5)
            assert desk.ask("*STB?") is not None
        assert desk.stage.on
        desk.pass_time(2.1)
        assert not desk.stage.on
        assert desk.ask("SYST:LOCK:OWN?") == "NONE"

    def test_the_watchdog_leaves_the_output_on_when_told_so(self, desk: Desk) -> None:
        desk.tell("SYST:LOCK ON;POW:STAG:AFT:REM AUTO;SYST:COMM:MON:TIM 1;SYST:COMM:MON:ACT ON;OUTP ON")
        desk.pass_time(1.5)
        assert desk.stage.on
        assert desk.ask("SYST:LOCK:OWN?") == "NONE"

    def test_reading_the_error_queue_acknowledges_alarms(self, desk: Desk) -> None:
        desk.tell("SYST:LOCK ON;VOLT 10;OUTP ON")
        desk.stage.trip("OVP")
        assert int(desk.ask("STAT:QUES:COND?")) & 1
        desk.tell("OUTP ON")
        assert not desk.stage.on
        assert desk.error() == -221
        assert not int(desk.ask("STAT:QUES:COND?")) & 1
        desk.tell("OUTP ON")
        assert desk.stage.on

    def test_the_queue_holds_five(self, desk: Desk) -> None:
        for _ in range(7):
            desk.tell("FOO")
        numbers = [desk.error() for _ in range(6)]
        assert numbers == [-113, -113, -113, -113, -350, 0]

    def test_resistance_only_in_its_mode(self, desk: Desk) -> None:
        desk.tell("SYST:LOCK ON;RES 0.05")
        assert desk.error() == -221
        desk.tell("SYST:CONF:MODE UIR;RES 0.05")
        assert desk.stage.set["resistance"] == 0.05
        assert desk.ask("SYST:CONF:MODE?") == "UIR"
        desk.tell("SYST:CONF:MODE UIP")
        assert desk.stage.set["resistance"] == 0.0

    def test_reset_takes_remote_switches_off_and_acknowledges(self, desk: Desk) -> None:
        desk.tell("SYST:LOCK ON;VOLT 10;OUTP ON")
        desk.stage.trip("OCP")
        desk.tell("*RST")
        assert desk.ask("SYST:LOCK:OWN?") == "REMOTE"
        assert desk.ask("OUTP?") == "OFF"
        assert desk.stage.tripped == set()

    def test_protections_are_always_on_and_the_lower_current_counts(self, desk: Desk) -> None:
        assert desk.stage.set["ovp"] == pytest.approx(66)
        desk.tell("SYST:LOCK ON;VOLT:PROT 55;CURR:PROT 90;SINK:CURR:PROT 70")
        assert desk.stage.set["ovp"] == 55
        assert desk.stage.set["ocp"] == 70

    def test_supervision_with_an_alarm(self, desk: Desk) -> None:
        desk.tell("SYST:LOCK ON;SYST:CONF:UVD 40;SYST:CONF:OVD 56;SYST:CONF:OVD:ACT ALARM")
        assert desk.stage.set["ovp"] == 56
        assert desk.stage.set["uvp"] is None
        desk.tell("SYST:CONF:UVD:ACT ALAR")
        assert desk.stage.set["uvp"] == 40

    def test_readings_are_renewed_at_their_own_pace(self, desk_of: Callable[..., Desk]) -> None:
        desk = desk_of("ea-psb10000", quirks={"refresh": 1.0, "idle_disconnect": 0}, **RATINGS)
        desk.tell("SYST:LOCK ON;OUTP ON;VOLT 10")
        assert desk.ask("MEAS:VOLT?") == "10.00 V"
        desk.tell("VOLT 20")
        assert desk.ask("MEAS:VOLT?") == "10.00 V"
        desk.pass_time(1.0)
        assert desk.ask("MEAS:VOLT?") == "20.00 V"


class TestTdk:
    @pytest.fixture
    def desk(self, desk_of: Callable[..., Desk]) -> Desk:
        return desk_of("tdk-genesys", **RATINGS)

    def test_errors_are_queued_only_after_enabling(self, desk: Desk) -> None:
        desk.tell("FOO")
        assert desk.ask("SYST:ERR?") == '0,"No error"'
        desk.tell("SYST:ERR:ENAB")
        desk.tell("FOO")
        assert desk.error() == -113

    def test_an_error_query_takes_thirty_milliseconds(self, desk: Desk) -> None:
        assert desk.send("SYST:ERR?\n", 0.03) == b""
        assert desk.send("", 0.01) == b'0,"No error"\n'

    def test_cr_lf_and_semicolon_end_a_message(self, desk: Desk) -> None:
        assert desk.send("VOLT 5\rCURR 2;VOLT?;CURR?\r\n") == b"5.0000\n2.0000\n"

    def test_output_needs_its_second_node(self, desk: Desk) -> None:
        desk.tell("OUTP:STAT ON")
        assert desk.ask("OUTP:STAT?") == "ON"
        desk.tell("SYST:ERR:ENAB;:OUTP OFF")
        assert desk.error() == -113
        assert desk.stage.on

    def test_too_many_commands_without_a_query(self, desk: Desk) -> None:
        desk.tell("SYST:ERR:ENAB")
        assert desk.ask("VOLT?")
        for step in range(20):
            desk.tell(f"VOLT {step}")
        assert desk.ask("VOLT?") == "19.0000"
        for step in range(21):
            desk.tell(f"VOLT {step}")
        assert desk.ask("VOLT?") == "19.0000"
        assert desk.error() == 341

    def test_the_voltage_stays_between_its_protections(self, desk: Desk) -> None:
        desk.tell("SYST:ERR:ENAB;VOLT:PROT 50;VOLT 47")
        desk.tell("VOLT 48")
        assert desk.error() == 301
        desk.tell("VOLT:PROT 48")
        assert desk.error() == 304
        desk.tell("VOLT:LIM:LOW 40;VOLT 39")
        assert desk.error() == 302
        desk.tell("VOLT:LIM:LOW 48")
        assert desk.error() == 306
        assert desk.ask("VOLT?") == "47.0000"
        assert desk.stage.set["uvp"] is None

    def test_foldback_trips_after_a_while_in_constant_current(self, desk: Desk) -> None:
        desk.tell("SYST:ERR:ENAB;VOLT 10;CURR:PROT:STAT ON;OUTP:STAT ON")
        desk.pass_time(1.0)
        assert desk.stage.on
        desk.stage.held = "CC"
        desk.pass_time(0.2)
        assert desk.stage.on
        desk.pass_time(0.2)
        assert desk.stage.tripped == {"FOLDBACK"}
        assert desk.ask("SOUR:MOD?") == "OFF"
        assert desk.error() == 323
        desk.tell("OUTP:STAT ON")
        assert desk.error() == 307
        desk.tell("OUTP:PROT:CLE;OUTP:STAT ON")
        assert desk.stage.on

    def test_remote_and_local(self, desk: Desk) -> None:
        assert desk.ask("SYST:SET?") == "LOC"
        desk.tell("SYST:SET LLO")
        assert desk.ask("SYST:SET?") == "LLO"


class TestKikusui:
    @pytest.fixture
    def desk(self, desk_of: Callable[..., Desk]) -> Desk:
        return desk_of("kikusui-plz5w", source_voltage=50.0, **RATINGS)

    def test_numbers_are_nr3_with_five_decimals_and_zero_is_plus_zero(self, desk: Desk) -> None:
        assert desk.ask("CURR?") == "+0"
        desk.tell("CURR 38")
        assert desk.ask("CURR?") == "+3.80000E+01"

    def test_carriage_return_does_not_end_a_message(self, desk: Desk) -> None:
        assert desk.send("*IDN?\r") == b""
        assert desk.send("\n").startswith(b"KIKUSUI,PLZ")

    def test_modes_and_conductance(self, desk: Desk) -> None:
        desk.tell("FUNC CR;:COND 200MS;:INP ON")
        assert desk.stage.set["load"] == ("CR", pytest.approx(5.0))
        assert desk.ask("MEAS:CURR?") == "+1.00000E+01"
        desk.tell("FUNC POW")
        assert desk.ask("FUNC?") == "CP"
        desk.tell("RES 5")
        assert desk.error() == -113

    def test_a_load_that_is_off_shows_no_negative_zero(self, desk: Desk) -> None:
        assert desk.ask("MEAS:CURR?") == "+0"

    def test_output_is_an_alias_of_input(self, desk: Desk) -> None:
        desk.tell("OUTP 1")
        assert desk.ask("INP?") == "1"

    def test_slew_in_amperes_per_microsecond(self, desk: Desk) -> None:
        desk.tell("CURR:SLEW 0.5")
        assert desk.ask("CURR:SLEWRATE?") == "+5.00000E-01"

    def test_a_range_takes_the_level_down(self, desk: Desk) -> None:
        desk.tell("CURR 30;:CURR:RANG MED")
        assert desk.ask("CURR?") == "+1.26000E+01"
        desk.tell("CURR 20")
        assert desk.error() == -222

    def test_a_message_before_the_answer_takes_its_place(self, desk: Desk) -> None:
        assert desk.send("CURR?\nVOLT?\n") == b"+6.30000E+01\n"
        assert desk.error() == -410

    def test_undervoltage_protection(self, desk: Desk) -> None:
        desk.tell("VOLT:PROT:LOW 42")
        assert desk.stage.set["uvp"] is None
        desk.tell("VOLT:PROT:STAT 1")
        assert desk.stage.set["uvp"] == 42


class TestKeysight:
    @pytest.fixture
    def desk(self, desk_of: Callable[..., Desk]) -> Desk:
        return desk_of("keysight-rp7900", **RATINGS)

    def test_signed_sink_limit(self, desk: Desk) -> None:
        desk.tell("CURR:LIM 40;:CURR:LIM:NEG -30")
        assert desk.stage.set["source"] == 40
        assert desk.stage.set["sink"] == 30
        assert desk.ask("CURR:LIM:NEG?") == "-3.000000E+01"
        assert desk.ask("CURR:LIM:NEG? MIN") == "-1.224000E+02"
        desk.tell("CURR:LIM:NEG 30")
        assert desk.error() == -222

    def test_current_priority(self, desk: Desk) -> None:
        desk.tell("VOLT 48;:FUNC CURR;:VOLT:LIM 55;:CURR 20")
        assert (desk.stage.set["voltage"], desk.stage.set["source"], desk.stage.set["sink"]) == (55, 20, 0)
        desk.tell("CURR -15")
        assert (desk.stage.set["voltage"], desk.stage.set["source"], desk.stage.set["sink"]) == (0, 0, 15)
        desk.tell("FUNC VOLT")
        assert desk.stage.set["voltage"] == 48

    def test_series_resistance_and_slew(self, desk: Desk) -> None:
        desk.tell("VOLT:RES 0.02;SLEW 100")
        assert desk.stage.set["resistance"] == 0.02
        assert desk.stage.set["slew"] == 100
        desk.tell("VOLT:SLEW INF")
        assert desk.stage.set["slew"] is None
        assert desk.ask("VOLT:SLEW?") == "+9.900000E+37"

    def test_the_watchdog_latches_the_output_off(self, desk: Desk) -> None:
        assert desk.ask("OUTP:PROT:WDOG:DEL?") == "+6.000000E+01"
        desk.tell("OUTP:PROT:WDOG:DEL 2;:OUTP:PROT:WDOG ON;:OUTP ON")
        desk.pass_time(1.8)
        assert desk.ask("*STB?") is not None
        desk.pass_time(1.7)
        assert desk.stage.on
        desk.pass_time(0.4)
        assert not desk.stage.on
        assert int(desk.ask("STAT:QUES:COND?")) == 1 << 11
        desk.tell("OUTP ON")
        assert desk.error() == -221
        desk.tell("OUTP:PROT:CLE;:OUTP ON")
        assert desk.stage.on
        desk.pass_time(2.5)
        assert not desk.stage.on, "it goes on watching"

    def test_operation_bits_and_the_second_questionable_register(self, desk: Desk) -> None:
        assert desk.ask("STAT:OPER:COND?") == "4"
        desk.tell("OUTP ON")
        assert desk.ask("STAT:OPER:COND?") == "1"
        desk.stage.trip("UVP")
        assert desk.ask("STAT:QUES2:COND?") == "64"
        assert desk.ask("STAT:QUES1:COND?") == "0"


class TestItech:
    @pytest.fixture
    def desk(self, desk_of: Callable[..., Desk]) -> Desk:
        return desk_of("itech-it6000", **RATINGS)

    def test_fetch_answers_everything_at_once(self, desk: Desk) -> None:
        desk.tell("SYST:REM;:VOLT 50;:CURR:LIM 20;:CURR:LIM:NEG -10;:OUTP ON")
        assert desk.ask("FETC?") == "50.0000,5.0000,250.0000,0,0"
        assert desk.stage.set["sink"] == 10
        assert desk.ask("STAT:OPER:COND?") == str(1 << 8)

    def test_the_watchdog(self, desk: Desk) -> None:
        desk.tell("OUTP:PROT:WDOG:STAT ON;DEL 1;:OUTP ON")
        desk.pass_time(1.2)
        assert not desk.stage.on
