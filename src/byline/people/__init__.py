"""Who did it: roster and dated employments, aliases, bots and AI accounts."""
