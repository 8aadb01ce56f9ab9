"""What a night does, a stage a file: each reads, calls what computes, and writes. Stages do not import each other."""
