"""What exactly was used: build, seal, manifest, card and standard metadata."""
