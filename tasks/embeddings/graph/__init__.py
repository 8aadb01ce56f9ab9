"""Birds, flits and advertisers by the edges between them."""
