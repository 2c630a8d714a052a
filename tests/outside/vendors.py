"""Instruments of the outside bench, each with the habits its maker's documents tell of."""

from __future__ import annotations

from tests.outside.bench import Handler, Instrument


class Chroma62000P(Instrument):
    """CONFigure instead of OUTPut, ON and OFF in answers, a status of three parts, deaf without remote."""

    idn = "Chroma ATE, 62012P-80-60, 03.20.1, 00123"
    no_error = '0,"No Error"'

    def table(self) -> dict[str, Handler]:
        return {
            "CONFigure:REMote": self._remote,
            "CONFigure:OUTPut[?]": self.switch(("OFF", "ON")),
            "SOURce:VOLTage[?]": self.setting("volts", 80),
            "SOURce:CURRent[?]": self.setting("current", 60),
            "SOURce:VOLTage:PROTect:HIGH[?]": self.setting("ovp", 88),
            "SOURce:VOLTage:PROTection:HIGH[?]": self.setting("ovp", 88),
            "SOURce:CURRent:PROTection:HIGH[?]": self.setting("ocp", 66),
            "MEASure:VOLTage?": self.reading("V"),
            "MEASure:CURRent?": self.reading("A"),
            "FETCh:STATus?": lambda _: f"{self.tripped},{'ON' if self.on else 'OFF'},CV",
            "SYSTem:ERRor?": self.pop_error,
        }

    def number(self, value: float) -> str:
        return f"{value:.6e}"

    def _remote(self, words: list[str]) -> None:
        self.remote = words[0] == "ON"

    def admits(self, name: str, value: float) -> bool:
        return self.remote and not (name == "volts" and value > self.ovp)


class Chroma63200A(Instrument):
    """The range is part of the mode, and the mode after power-on is the low range."""

    idn = "Chroma,63203A-150-300,632030000001,01.00"
    kind = "load"
    no_error = '0,"No Error"'
    range = "L"

    def table(self) -> dict[str, Handler]:
        return {
            "LOAD[?]": self.switch(("OFF", "ON")),
            "MODE[?]": self._mode,
            "CURRent:STATic:L1[?]": self.setting("", 300, level="CC"),
            "VOLTage:STATic:L1[?]": self.setting("", 150, level="CV"),
            "POWer:STATic:L1[?]": self.setting("", 3000, level="CP"),
            "RESistance:STATic:L1[?]": self.setting("", 100, 0.1, level="CR"),
            "LOAD:PROTection?": lambda _: str(4 * self.tripped),
            "LOAD:PROTection:CLEar": self._clear,
            "MEASure:VOLTage?": self.reading("V"),
            "MEASure:CURRent?": self.reading("A"),
            "SYSTem:ERRor?": self.pop_error,
        }

    def admits(self, name: str, value: float) -> bool:
        fits = self.range == "H" or value <= {"CC": 30, "CV": 80, "CP": 300}.get(name, 1e9)
        if not fits:
            self.fault('-222,"Data out of range"')
        return fits

    def _mode(self, words: list[str]) -> str | None:
        if not words:
            return self.mode + self.range
        self.mode, self.range = words[0][:2], words[0][2]
        return None

    def _clear(self, _: list[str]) -> None:
        self.tripped = 0


class Itech8500Plus(Instrument):
    """Wants SYSTem:REMote first, answers with CRLF, long words, and errors in single quotes."""

    idn = "ITECH Ltd., IT8512A+, 800123456789, 1.28-1.31"
    kind = "load"
    eol = b"\r\n"
    no_error = "0,'No Error'"

    def table(self) -> dict[str, Handler]:
        words = {"CURR": "CC", "VOLT": "CV", "POW": "CP", "RES": "CR"}
        told = {"CC": "CURRENT", "CV": "VOLTAGE", "CP": "POWER", "CR": "RESISTANCE"}
        return {
            "SYSTem:REMote": self._remote,
            "SYSTem:LOCal": lambda _: None,
            "INPut[?]": self.switch(),
            "FUNCtion[?]": self.choose(words, told),
            "CURRent[?]": self.setting("", 120, level="CC"),
            "VOLTage[?]": self.setting("", 120, level="CV"),
            "POWer[?]": self.setting("", 3000, level="CP"),
            "RESistance[?]": self.setting("", 4000, 0.02, level="CR"),
            "CURRent:SLEW[?]": self.setting("current", 5),
            "MEASure:VOLTage?": self.reading("V"),
            "MEASure:CURRent?": self.reading("A"),
            "SYSTem:ERRor?": self.pop_error,
        }

    def _remote(self, _: list[str]) -> None:
        self.remote = True

    def admits(self, name: str, value: float) -> bool:
        if not self.remote:
            self.fault('170,"Command ignored in local mode"')
        return self.remote


class RigolDP800(Instrument):
    """Channels, and silence about what it does not understand."""

    idn = "RIGOL TECHNOLOGIES,DP811A,DP8D000000000,00.01.16"
    eol = b"\n"

    def table(self) -> dict[str, Handler]:
        return {
            "SYSTem:REMote": lambda _: None,
            "SYSTem:LOCal": lambda _: None,
            "OUTPut": self.switch(),
            "OUTPut?": lambda _: "ON" if self.on else "OFF",
            "SOURce1:VOLTage[?]": self.setting("volts", 42),
            "SOURce1:CURRent[?]": self.setting("current", 10.5),
            "SOURce1:VOLTage:PROTection[?]": self.setting("ovp", 44),
            "SOURce1:CURRent:PROTection[?]": self.setting("ocp", 11),
            "SOURce1:VOLTage:PROTection:STATe": lambda _: None,
            "SOURce1:CURRent:PROTection:STATe": lambda _: None,
            "MEASure:VOLTage?": self.reading("V"),
            "MEASure:CURRent?": self.reading("A"),
            "STATus:QUEStionable:INSTrument:ISUMmary1:CONDition?": lambda _: str(2 + 4 * self.tripped),
            "SYSTem:ERRor?": self.pop_error,
        }

    def stranger(self, line: str) -> None:
        self.unknown.append(line)


class RigolDL3000(Instrument):
    """Everything under SOURce, short words for modes."""

    idn = "RIGOL TECHNOLOGIES,DL3021,DL3A000000000,00.01.05.00.01"
    kind = "load"

    def table(self) -> dict[str, Handler]:
        words = {"CURR": "CC", "VOLT": "CV", "POW": "CP", "RES": "CR"}
        return {
            "SOURce:INPut[?]": self.switch(),
            "SOURce:FUNCtion[?]": self.choose(words, {mode: mode for mode in self.levels}),
            "SOURce:CURRent[?]": self.setting("", 40, level="CC"),
            "SOURce:VOLTage[?]": self.setting("", 150, level="CV"),
            "SOURce:POWer[?]": self.setting("", 200, level="CP"),
            "SOURce:RESistance[?]": self.setting("", 15000, 0.08, level="CR"),
            "MEASure:VOLTage?": self.reading("V"),
            "MEASure:CURRent?": self.reading("A"),
            "SYSTem:ERRor?": self.pop_error,
        }

    def stranger(self, line: str) -> None:
        self.unknown.append(line)


class SiglentSPD(Instrument):
    """A hexadecimal status instead of an output query, no protection, no error queue that is documented."""

    idn = "Siglent Technologies,SPD1168X,SPD1XJFX1R0001,1.1.1.9,V3.0 "

    def table(self) -> dict[str, Handler]:
        return {
            "OUTPut": self.switch(),
            "CH1:VOLTage[?]": self.setting("volts", 60),
            "CH1:CURRent[?]": self.setting("current", 8),
            "MEASure:VOLTage?": self.reading("V"),
            "MEASure:CURRent?": self.reading("A"),
            "SYSTem:STATus?": lambda _: hex(16 * self.on),
        }


class SiglentSDL(Instrument):
    """Long words for modes, protections with level and state."""

    idn = "Siglent Technologies,SDL1030X,SDL13GCC7R0001,1.1.1.21R2"
    kind = "load"

    def table(self) -> dict[str, Handler]:
        words = {"CURR": "CC", "VOLT": "CV", "POW": "CP", "RES": "CR"}
        told = {"CC": "CURRENT", "CV": "VOLTAGE", "CP": "POWER", "CR": "RESISTANCE"}
        return {
            "INPut[?]": self.switch(),
            "FUNCtion[?]": self.choose(words, told),
            "CURRent[?]": self.setting("", 30, level="CC"),
            "VOLTage[?]": self.setting("", 150, level="CV"),
            "POWer[?]": self.setting("", 300, level="CP"),
            "RESistance[?]": self.setting("", 10000, 0.03, level="CR"),
            "CURRent:PROTection:LEVel[?]": self.setting("ocp", 33),
            "CURRent:PROTection:STATe": lambda _: None,
            "MEASure:VOLTage?": self.reading("V"),
            "MEASure:CURRent?": self.reading("A"),
        }


class KeysightN5700(Instrument):
    """NR3 answers, signed error numbers, a set voltage that must fit below OVP."""

    idn = "Agilent Technologies,N5767A,US00A1234P,C.00.06,REV: D"
    no_error = '+0,"No error"'
    above_ovp = '-221,"Settings conflict"'

    def table(self) -> dict[str, Handler]:
        return {
            "SYSTem:COMMunicate:RLSTate[?]": lambda words: None if words else "REM",
            "OUTPut[?]": self.switch(),
            "VOLTage[?]": self.setting("volts", 63),
            "CURRent[?]": self.setting("current", 26.25),
            "VOLTage:PROTection:LEVel[?]": self.setting("ovp", 66, 5),
            "OUTPut:PROTection:CLEar": self._clear,
            "MEASure:VOLTage?": self.reading("V"),
            "MEASure:CURRent?": self.reading("A"),
            "STATus:QUEStionable:CONDition?": lambda _: f"{self.tripped:+d}",
            "SYSTem:ERRor?": self.pop_error,
        }

    def number(self, value: float) -> str:
        return f"{value:+.6E}"

    def admits(self, name: str, value: float) -> bool:
        fits = {"volts": 1.05 * value <= self.ovp, "ovp": value >= 1.05 * self.volts}.get(name, True)
        if not fits:
            self.fault(self.above_ovp)
        return fits

    def _clear(self, _: list[str]) -> None:
        self.tripped = 0


class GenesysPlus(KeysightN5700):
    """One client, errors only when asked for, no more than 20 commands without a question, remote by SYSTem:SET."""

    idn = "TDK-LAMBDA,G60-85-LAN,19J1234A,G:01.040"
    no_error = '0,"No error"'
    above_ovp = '+301,"PV above OVP"'
    clients = 1
    unasked = 0
    enabled = False

    def table(self) -> dict[str, Handler]:
        return {
            "SYSTem:SET[?]": lambda words: None if words else "REM",
            "SYSTem:ERRor:ENABle": self._enable,
            "OUTPut:STATe[?]": self.switch(("OFF", "ON")),
            "VOLTage[?]": self.setting("volts", 63),
            "CURRent[?]": self.setting("current", 89),
            "VOLTage:PROTection:LEVel[?]": self.setting("ovp", 66, 5),
            "MEASure:VOLTage?": self.reading("V"),
            "MEASure:CURRent?": self.reading("A"),
            "STATus:QUEStionable:CONDition?": lambda _: str(16 * self.tripped),
            "SYSTem:ERRor?": self.pop_error,
        }

    def number(self, value: float) -> str:
        return f"{value:.3f}"

    def _enable(self, _: list[str]) -> None:
        self.enabled = True

    def fault(self, entry: str) -> None:
        if self.enabled:
            super().fault(entry)

    def obey(self, unit: str) -> str | None:
        answer = super().obey(unit)
        self.unasked = self.unasked + 1 if answer is None else 0
        if self.unasked > 20:
            self.fault('+341,"Input overflow"')
        return answer


class KikusuiPWR(Instrument):
    """CR is no terminator; NR3 with five decimals; zero is +0."""

    idn = "KIKUSUI,PWR1201L,YA000001,IFC01.10.0008 IOC01.10"
    no_error = '+0,"No error"'

    def table(self) -> dict[str, Handler]:
        return {
            "OUTPut[?]": self.switch(),
            "VOLTage[?]": self.setting("volts", 84),
            "CURRent[?]": self.setting("current", 50),
            "VOLTage:PROTection[?]": self.setting("ovp", 88),
            "CURRent:PROTection[?]": self.setting("ocp", 55),
            "OUTPut:PROTection:CLEar": lambda _: None,
            "MEASure:VOLTage?": self.reading("V"),
            "MEASure:CURRent?": self.reading("A"),
            "STATus:QUEStionable:CONDition?": lambda _: f"+{self.tripped}",
            "SYSTem:ERRor?": self.pop_error,
        }

    def number(self, value: float) -> str:
        return f"{value:+.5E}" if value else "+0"

    def obey(self, unit: str) -> str | None:
        assert "\r" not in unit
        return super().obey(unit)


class EaPSB(Instrument):
    """Units in answers, ON and OFF, a lock, and a socket that closes when it is silent."""

    idn = "EA ELEKTRO-AUTOMATIK, PSB 10080-120 2U, 2843000001, V3.04 08.07.2022 V2.24, bench 3"
    kind = "bidirectional"
    idle = 5.0
    no_error = '0, "No error"'

    def table(self) -> dict[str, Handler]:
        return {
            "SYSTem:LOCK": self._lock,
            "SYSTem:LOCK:OWNer?": lambda _: "REMOTE" if self.remote else "NONE",
            "OUTPut[?]": self.switch(("OFF", "ON")),
            "VOLTage[?]": self._unit("V", self.setting("volts", 81.6)),
            "CURRent[?]": self._unit("A", self.setting("current", 122.4)),
            "POWer[?]": self._unit("W", self.setting("power", 3060)),
            "SINK:CURRent[?]": self._unit("A", self.setting("sink", 122.4)),
            "SINK:POWer[?]": self._unit("W", self.setting("sink_power", 3060)),
            "VOLTage:PROTection[?]": self._unit("V", self.setting("ovp", 88)),
            "CURRent:PROTection[?]": self._unit("A", self.setting("ocp", 132)),
            "SINK:CURRent:PROTection[?]": self._unit("A", self.setting("sink_ocp", 132)),
            "SYSTem:CONFig:MODE": lambda _: None,
            "RESistance[?]": self._unit("Ohm", self.setting("resistance", 20, 0)),
            "POWer:STAGe:AFTer:REMote": lambda _: None,
            "SYSTem:COMMunicate:MONitor:TIMe": lambda _: None,
            "SYSTem:COMMunicate:MONitor:ACTion": lambda _: None,
            "MEASure:ARRay?": self._array,
            "STATus:QUEStionable?": lambda _: str(self.tripped + 1024 * self.remote),
            "SYSTem:ERRor?": self.pop_error,
        }

    power = sink_power = 0.0
    sink_ocp = 132.0

    def _unit(self, unit: str, handler: Handler) -> Handler:
        def handle(words: list[str]) -> str | None:
            answer = handler(words)
            return None if answer is None else f"{answer} {unit}"

        return handle

    def _lock(self, words: list[str]) -> None:
        self.remote = words[0] in ("ON", "1")

    def _array(self, _: list[str]) -> str:
        volts, amperes = self.terminals.volts(), self.terminals.amperes(self)
        return f"{volts:.2f} V, {amperes:.2f} A, {volts * amperes:.0f} W"

    def admits(self, name: str, value: float) -> bool:
        if not self.remote:
            self.fault('-221,"Settings conflict"')
        return self.remote


class KeysightEL(Instrument):
    """A channel list behind everything."""

    idn = "Keysight Technologies,EL34143A,MY60000001,0.9.1-1.0.0-1.00"
    kind = "load"
    no_error = '+0,"No error"'

    def table(self) -> dict[str, Handler]:
        words = {"CURR": "CC", "VOLT": "CV", "POW": "CP", "RES": "CR"}
        plain: dict[str, Handler] = {
            "INPut[?]": self.switch(),
            "FUNCtion[?]": self.choose(words),
            "CURRent[?]": self.setting("", 40, level="CC"),
            "VOLTage[?]": self.setting("", 150, level="CV"),
            "POWer[?]": self.setting("", 350, level="CP"),
            "RESistance[?]": self.setting("", 4000, 0.05, level="CR"),
            "MEASure:VOLTage?": self.reading("V"),
            "MEASure:CURRent?": self.reading("A"),
        }
        return {
            **{header: self._addressed(handler) for header, handler in plain.items()},
            "SYSTem:ERRor?": self.pop_error,
        }

    def _addressed(self, handler: Handler) -> Handler:
        def handle(words: list[str]) -> str | None:
            assert words, "no channel list"
            assert words[-1] == "(@1)"
            return handler(words[:-1])

        return handle
