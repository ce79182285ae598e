"""Deciding, pure: no clock, no disk, no thread. Graph and facts in, verdicts and plans out."""
