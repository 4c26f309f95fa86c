"""What is worth learning: licences, generated and vendored code, quality, duplicates, splits."""
