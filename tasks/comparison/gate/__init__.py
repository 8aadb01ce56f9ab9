"""The rules of the gate, their parameters, and the verdict they make."""
