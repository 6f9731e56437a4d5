"""The station outbox: facts are kept on disk at once, and published when the network allows."""
