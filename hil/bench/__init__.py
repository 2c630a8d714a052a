"""The bench: the file that describes it, opening, arming and closing it."""
