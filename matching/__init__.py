"""The matching core: a deterministic function folded over the log. No I/O."""
