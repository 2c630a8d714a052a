"""Nothing stays energised: the safe state, its proof, the guard process, the lock on a bench, the supervisor."""
