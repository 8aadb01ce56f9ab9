"""The vectors of two versions: one frame for both, the noise of another seed, and what became of each id."""
