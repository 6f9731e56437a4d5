"""Every figure the README quotes: ours against the obvious way, side by side, in one run."""
