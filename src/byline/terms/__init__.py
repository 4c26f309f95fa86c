"""What was agreed: agreements, notices, objections, purposes, and the decisions they lead to."""
