"""Doing: walks a plan, runs the functions, and says what happened. Knows no store, only what a store must be."""
