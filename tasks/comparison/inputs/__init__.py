"""What a space learns from: the log of a night and its window, against earlier ones."""
