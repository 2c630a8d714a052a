"""Exit statuses of the command and of a session."""

from __future__ import annotations

EXIT_PASS, EXIT_FAIL, EXIT_COULD_NOT_RUN, EXIT_NOT_SAFE = 0, 1, 2, 3
