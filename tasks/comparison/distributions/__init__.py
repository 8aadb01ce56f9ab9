"""Two versions as clouds of points, whoever the points are: what drift tools show. No rule looks at it."""
