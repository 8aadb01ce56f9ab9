"""Birds by the columns of the bird table."""
