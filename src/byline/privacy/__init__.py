"""What must not get out: secrets, personal data, closed-world names, pseudonyms."""
