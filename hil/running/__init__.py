"""One run: a pytest session on an open bench, its evidence, its verdicts and its exit status."""
