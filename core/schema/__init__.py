"""What config is right: terms, how a value is read by them, and how they are shown."""
