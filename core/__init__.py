"""The engine: say, know, decide, do, remember. It knows no IPython and no widget."""
