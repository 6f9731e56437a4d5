"""The notifier: tells workers what the market offers them, by the channels they chose."""
