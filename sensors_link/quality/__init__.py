"""Quality flags of readings: pure rules."""
