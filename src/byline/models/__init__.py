"""What learned from it: tokenizer, training from a seal, evaluation, registry."""
