"""The command `hil`: one file per command, each thin."""
