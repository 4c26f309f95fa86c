"""Work that an engineer recorded, reviewed and submitted on purpose (law 10)."""
