"""What the product costs, measured on whole commands: `python -m benchmarks`, or `make bench`."""
