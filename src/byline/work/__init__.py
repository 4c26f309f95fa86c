"""What was done: readers of engineering work, each to the same structural records."""
