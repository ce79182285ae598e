"""What code and values *are*: fingerprints, digests, and the versions they become.

`digest` gives the version of a value, `fingerprint` that of a function and all it can
reach, `data` the small values in which the log records both. Nothing here knows of
assets as definitions, of runs or of stores.
"""
