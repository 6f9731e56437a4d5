"""The station outbox: facts and commands are on disk at once, and sent when the network allows."""
