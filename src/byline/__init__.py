"""Byline: train models on engineers' own work, with their byline, terms and say attached."""

__version__ = "0.1.0"
