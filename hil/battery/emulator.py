"""The loop that makes instruments a battery: read the current, advance the model, hold its terminal voltage.

Signs follow the client: current is positive into the battery (charging).
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from hil.battery.first_lift import GENTLE_CURRENT, FirstLift
from hil.battery.following import Follower
from hil.battery.log import BatteryMode, BatterySample, SampleLog
from hil.battery.model import BatteryModel, CutOff
from hil.battery.profile import Profile, ProfileKind
from hil.battery.settings import EmulatorSettings
from hil.battery.terminals import TerminalReadings, Terminals
from hil.battery.watch import EmulatorReport, LoopWatch
from hil.clock import Clock, Ticker
from hil.errors import BENCH_TROUBLE, BenchTrouble

ANY_BENCH = FirstLift()


class BatteryEmulator:
    """A battery made of a model and terminals. Making one sends nothing; `start` energises.

    first_lift: the proof with which it comes up. Raises BadInput when the loop would oscillate, the settings do not fit
    the battery, or the profile cannot be read.
    """

    def __init__(
        self,
        model: BatteryModel,
        terminals: Terminals,
        clock: Clock,
        settings: EmulatorSettings,
        first_lift: FirstLift = ANY_BENCH,
    ) -> None:
        self.model = model
        self._terminals = terminals
        self._clock = clock
        self._settings = settings
        self._first_lift = first_lift
        self._follower = Follower(model, terminals, settings)
        self._watch = LoopWatch(settings)
        self._lock = clock.lock()
        self._ticker: Ticker | None = None
        self._closed = False
        self._cut_off: CutOff | None = None
        self._given = None if settings.replay is None else Profile.from_csv(settings.replay)
        self._profile: tuple[Profile, float] | None = None
        self._log = SampleLog(settings.log_rows)
        self._diagnosed_at = float("-inf")
        self.tell: Callable[[str], None] = lambda _: None  # hears what is done, in words

    @property
    def latest(self) -> BatterySample:
        """Return the newest sample. Raises BenchTrouble before the first."""
        if self._log.latest is None:
            raise BenchTrouble(f"The battery emulator on {self._terminals.names} has not measured yet: start it first.")
        return self._log.latest

    @property
    def log(self) -> list[BatterySample]:
        """Return the newest samples, oldest first, as many as `log_rows` keeps."""
        return self._log.rows()

    @property
    def contactor_closed(self) -> bool:
        """Tell whether the battery is connected to its terminals."""
        return self._closed

    @property
    def band(self) -> float:
        """Return how far (V) the terminals may stay from the battery's voltage while the current reverses."""
        return self._terminals.band

    def subscribe(self, callback: Callable[[BatterySample], None]) -> Callable[[], None]:
        """Call `callback` with every sample, from the loop; return a function that ends it."""
        return self._log.subscribe(callback)

    def start(self) -> None:
        """Bring the battery up and keep it up: limits and set-points, sink ready, source on, voltage verified.

        With little current, at a voltage that may be touched, until its terminals have proven themselves. Raises
        BadInput before anything is energised, BenchTrouble when the voltage does not come; then it is off.
        """
        if self._ticker is not None:
            raise BenchTrouble(f"The battery emulator on {self._terminals.names} is running already: stop it first.")
        self._follower.settle()
        try:
            self._lift_first()
            if self._given is not None:
                self.replay(self._given)
            self._ticker = self._clock.every(self._settings.period, self._tick, "battery emulator")
            self.wait_settled()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the loop and switch off, source before sink."""
        try:
            self.halt()
        finally:
            self.open_contactor()

    def halt(self) -> None:
        """End the loop and leave the outputs as they are, for whoever switches them off in an order of his own."""
        ticker, self._ticker = self._ticker, None
        if ticker is not None:
            try:
                ticker.stop()
            finally:
                self._watch.keep(ticker.report())

    def check(self) -> None:
        """Raise BenchTrouble when the loop has ended, falls behind, reads stale values or lost its battery."""
        if self._ticker is None:
            return
        self._ticker.check()
        self._watch.judge_silence(self._clock.now())
        if self._cut_off is not None and self._settings.cut_off_is_trouble:
            raise BenchTrouble(self._cut_off_sentence(self._cut_off))

    def report(self) -> EmulatorReport:
        """Return how well the loop has kept its time."""
        if self._ticker is not None:
            self._watch.keep(self._ticker.report())
        return self._watch.report(self._terminals.writes)

    def open_contactor(self) -> None:
        """Take the battery away: source off, then sink off. The loop goes on reading.

        An instrument that does not obey raises; the loop then still regulates what is on.
        """
        self.tell("take the battery away")
        with self._lock:
            self._watch.excuse()
            try:
                self._terminals.disconnect()
                self._closed = False
            finally:
                self._watch.excuse()

    def close_contactor(self) -> None:
        """Give the battery back and wait for its voltage. Raises BenchTrouble when it does not come."""
        self.tell("give the battery back")
        self._connect()
        self.wait_settled()

    def set_soc(self, soc: float) -> None:
        """Jump to a state of charge (a fraction)."""
        self.tell(f"set the battery to {100.0 * soc:g} % charge")
        with self._lock:
            self.model.set_soc(soc)

    def set_voltage_override(self, volts: float | None) -> None:
        """Hold `volts` whatever the model says, without series resistance; None gives the model back its say."""
        self.tell("let the battery model decide again" if volts is None else f"hold the battery at {volts:.4g} V")
        with self._lock:
            self._follower.override = volts

    def replay(self, profile: Profile | None) -> None:
        """Replay `profile` from now on; None ends it."""
        with self._lock:
            self._profile = None if profile is None else (profile, self._clock.now())

    def wait_settled(self) -> None:
        """Wait until the terminals show what they were told. Raises BenchTrouble with what was measured."""
        settings = self._settings
        begin = self._clock.now()

        def settled() -> bool:
            self.check()
            sample = self._log.latest
            if sample is None or sample.target is None or sample.voltage.start < begin:
                return False
            return abs(sample.voltage.value - sample.target) <= settings.voltage_tolerance + self.band

        if not self._clock.wait_until(settled, settings.settle_timeout, settings.period):
            seen = "nothing was measured"
            sample = self._log.latest
            if sample is not None and sample.target is not None:
                seen = f"{sample.voltage.value:.2f} V instead of {sample.target:.2f} V was measured"
            raise BenchTrouble(
                f"The battery voltage on {self._terminals.names} did not settle within {settings.settle_timeout:g} s: "
                f"{seen}. Check sense lines, current limits and what else holds these terminals."
            )

    def _lift_first(self) -> None:
        """Bring the terminals up to a voltage that may be touched, and see that they are what they seem to be."""
        lift = self._first_lift
        with self._lock:
            volts = self._follower.at_rest(lift.ceiling)
            lift.lower_trip(self._terminals, volts)  # first: some do that by taking the voltage that is set back to 0
            self._follower.prepare(GENTLE_CURRENT, lift.ceiling)
        self._switch_on()
        tolerance = self._settings.voltage_tolerance + self.band
        lift.prove(self._terminals, volts, tolerance, self._clock, self._settings.period)
        if volts >= lift.ceiling:
            with self._lock:
                self._follower.prepare(GENTLE_CURRENT, inf)

    def _connect(self) -> None:
        """Switch on, with the limits of the model."""
        with self._lock:
            self._follower.prepare(inf, inf)
        self._switch_on()

    def _switch_on(self) -> None:
        """Switch on what has been prepared."""
        with self._lock:
            self._watch.excuse()
            self._cut_off = None
            try:
                self._terminals.connect()
                self._closed = True
            except BaseException:
                self._terminals.disconnect()
                raise
            finally:
                self._watch.excuse()

    def _tick(self) -> None:
        try:
            with self._lock:
                self._watch.begin(self._clock.now())
                sample = self._turn(self._terminals.measure())
                self._watch.end(self._clock.now())
        except BENCH_TROUBLE as error:
            raise BenchTrouble(
                f"The battery emulation on {self._terminals.names} ended at {100 * self.model.soc:.1f} % charge: "
                f"{error} What was set last stays set until the bench is made safe."
            ) from error
        self._log.add(sample)

    def _turn(self, seen: TerminalReadings) -> BatterySample:
        self._watch.judge_freshness(seen, self._clock.now())
        current = seen.current.value if self._closed else 0.0
        extra = self._replayed_current(seen.current.time)
        self._follower.advance(current + extra, seen.current.time)
        state = self.model.state(current + extra)
        if self._closed and state.cut_off is not None and self._follower.override is None:
            self._cut_off = state.cut_off
            self.open_contactor()
        mode = self._compare(seen) or self._mode(current)
        if self._closed:
            self._follower.follow(current, current + extra, fresh=seen.fresh)
        return BatterySample(
            time=seen.current.time,
            soc=state.soc,
            open_circuit_voltage=state.open_circuit_voltage,
            resistance=state.resistance,
            voltage=seen.voltage,
            current=seen.current,
            target=self._follower.expected(current, current + extra) if self._closed else None,
            mode=mode,
        )

    def _replayed_current(self, now: float) -> float:
        if self._profile is None:
            return 0.0
        profile, begin = self._profile
        value = profile.at(now - begin)
        if profile.kind is ProfileKind.SOC:
            self.model.soc = value
            return 0.0
        return value / self.model.source_voltage

    def _mode(self, current: float) -> BatteryMode:
        if not self._closed:
            return BatteryMode.OPEN if self._cut_off is None else BatteryMode.CUT_OFF
        if self._follower.override is not None:
            return BatteryMode.OVERRIDE
        if abs(current) < self._settings.rest_current:
            return BatteryMode.REST
        return BatteryMode.CHARGE if current > 0 else BatteryMode.DISCHARGE

    def _compare(self, seen: TerminalReadings) -> BatteryMode | None:
        """Ask the instruments what is wrong when the terminals do not show what they were told."""
        expected = self._follower.told(seen.current.value)
        if not self._closed or abs(seen.voltage.value - expected) <= self._settings.voltage_tolerance + self.band:
            return None
        if seen.current.end - self._diagnosed_at >= self._settings.diagnosis_period:
            self._diagnosed_at = seen.current.end
            sentence = self._terminals.diagnose()
            if sentence is not None:
                raise BenchTrouble(f"{sentence}; {seen.voltage.value:.2f} V instead of {expected:.2f} V was measured.")
        return BatteryMode.LIMIT

    def _cut_off_sentence(self, cut_off: CutOff) -> str:
        return (
            f"The emulated battery has opened its contactor ({cut_off.value}) at {100 * self.model.soc:.1f} % charge; "
            f"its cut-offs are {self.model.lowest_voltage:.1f} V and {self.model.highest_voltage:.1f} V. "
            "Start from another state of charge or shorten the test."
        )
