"""Scans, coarse and without a person, and the suspicion that a code was copied."""
