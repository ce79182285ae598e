"""Core's facts as the shapes of `widgets.models`. Pure; the only part of the widgets that knows core."""
