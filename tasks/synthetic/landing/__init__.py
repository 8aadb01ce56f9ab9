"""From the world to landing files: what arrives on a day, one stream a file; its faults; its bytes."""
