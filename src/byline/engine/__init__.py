"""Running stages over partitions, and remembering what is already done."""
