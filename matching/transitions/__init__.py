"""What each event does to a market, one module for each thing that changes."""
