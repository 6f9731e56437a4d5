"""HTTP: the read model as JSON, outcomes as they come, and the page of the town."""
