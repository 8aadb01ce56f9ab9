"""`nightjar calibrate`: score methods on public sets and on own logs."""
