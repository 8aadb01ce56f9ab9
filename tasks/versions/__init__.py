"""What stages share about a version: its plan, its folder, its inputs, and what was kept of earlier ones."""
