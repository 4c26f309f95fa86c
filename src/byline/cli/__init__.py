"""The command line: one verb a job, thin."""
