"""The run folder: everything that was seen, written so that a crash loses at most the test in progress."""
