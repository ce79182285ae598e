"""What one may say about assets: terms without logic, and the text they are written as."""
