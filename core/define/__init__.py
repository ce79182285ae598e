"""Declarations: what is to exist, written by the user, without any fact about what does."""
