"""Bringing a district's own files, its chains and the industry table into the database."""
