"""The IPython side: cells become definitions, magics call verbs, widgets stay up to date."""
