"""The evidence beside a model: how good it is, for whom, and how sure one can be of that."""
