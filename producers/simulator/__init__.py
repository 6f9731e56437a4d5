"""A seeded town whose people post jobs, look for work, answer offers, and work or stay away."""
