"""How often the gate is right: healthy nights that it stops, faults that it lets pass, on real and synthetic logs."""
