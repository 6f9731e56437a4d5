"""The stream processors: the matcher under Faust, the projector, recovery and dead letters."""
