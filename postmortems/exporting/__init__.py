"""Out again: a postmortem as Markdown that can be read by people and taken in again, field by field; and as JSON."""
