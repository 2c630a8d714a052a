"""The virtual bench: plant, wires, time and defects in a program of its own. Nothing imports it."""
