"""Recalls of goods: ordered by an office, shown on every code of the lot."""
