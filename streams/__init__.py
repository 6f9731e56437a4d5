"""The stream processors: matcher under Faust, projector, notifier, recovery, dead letters."""
