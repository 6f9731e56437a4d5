"""The contract: every message of the market, its envelope and its topics. No I/O."""
