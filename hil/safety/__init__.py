"""Nothing stays energised: the safe state, its proof, the lock on a bench, the supervisor, the order to the guard."""
