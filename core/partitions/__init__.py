"""The space of pieces: which partitions an asset has, and how partitions of two assets correspond."""
