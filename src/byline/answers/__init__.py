"""What we tell people: audit, statements, reports."""
