"""The model: from the log to a release that the matcher may trust. Learns from logs only."""
