"""What publishes: the producer every part uses, the town's simulator, the importers."""
