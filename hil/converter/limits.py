"""No set-point leaves that the bench and the device under test may not see."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from instruments.errors import OutsideLimits


@dataclass(frozen=True)
class ConverterLimits:
    """The largest set-points that may be sent: dvg in V and dig in A, both from 0 up."""

    dvg_max: float
    dig_max: float

    def check(self, path: str) -> None:
        """Raise OutsideLimits if `path` carries a dvg or dig outside the limits.

        Looks at the text that would be sent, so it also holds for calls made by hand. A text without any
        digit ("abc", or nothing) is no set-point and may go out; one with digits that is not a plain number
        ("0x10", "2,3") may be taken for one, and may not.
        """
        for name, text in parse_qsl(urlsplit(path).query, keep_blank_values=True):
            largest = {"dvg": self.dvg_max, "dig": self.dig_max}.get(name)
            if largest is not None and not _harmless(text, largest):
                raise OutsideLimits(
                    f"GET {path} was not sent: {name}={text} is outside 0 to {largest:g}, "
                    "the limits of bench, device under test and profile"
                )


def _harmless(text: str, largest: float) -> bool:
    try:
        return 0.0 <= float(text) <= largest
    except ValueError:
        return not any(character.isdigit() for character in text)
