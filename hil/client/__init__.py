"""apis-main's side: its configuration files and its command sequences."""

from hil.client.hwconfig import HwConfig, load_hwconfig
from hil.client.policy import Policy, load_policy

__all__ = ["HwConfig", "Policy", "load_hwconfig", "load_policy"]
