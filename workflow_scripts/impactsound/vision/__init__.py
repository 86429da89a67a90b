"""What is seen: the visual encoder."""
