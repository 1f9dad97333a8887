"""The site: everything around what people write (postmortems) and how they find it (search)."""

__version__ = "0.1.0"
