"""Words by the company they keep in flits."""
