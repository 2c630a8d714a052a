"""The periodic acquisition that goes on beside everything else."""

from __future__ import annotations

from hil.client.client import Client
from hil.client.report import Report
from hil.client.sequences.modes import acquire


class PeriodicAcquisition:
    """Acquires a unit's data every dataAcquisitionPeriodMsec until stopped.

    The period runs from the end of one acquisition to the start of the next. When something else has acquired
    in the meantime, the next one is put off until a full period has passed since the start of that.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._stop = client.clock.event()
        self._reports: list[Report] = []
        self._call = client.clock.start(self._work, f"acquisition {client.name}")

    @property
    def reports(self) -> tuple[Report, ...]:
        """Return the reports of all acquisitions so far, oldest first."""
        return tuple(self._reports)

    def stop(self) -> tuple[Report, ...]:
        """Stop, wait for the acquisition in progress and return all reports. Raises what the worker raised."""
        self._stop.set()
        self._call.result()
        return self.reports

    def _work(self) -> None:
        client, pause = self._client, 0.0
        while not self._stop.wait(pause):
            pause = client.policy.controller.data_acquisition_period
            since_last = client.clock.now() - client.acquisition_began
            if self._reports and since_last < pause:
                pause -= since_last
            else:
                self._reports.append(client.run(acquire))
