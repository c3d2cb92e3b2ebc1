"""Reports: one screen of text, JSON with its schema, a picture."""
