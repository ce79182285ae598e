"""The screen: view models, their layout and static pictures, and the live widgets."""
