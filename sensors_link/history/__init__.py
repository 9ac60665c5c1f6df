"""Readings as they are kept, their hourly roll-ups, and the series that a page shows."""
