"""The guard, a program of its own that makes the bench safe when its run cannot, and its deputy."""
