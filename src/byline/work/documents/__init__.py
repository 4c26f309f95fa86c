"""Decision records, design documents, postmortems and other documents, as passages."""
