"""A closed day of readings becomes one entry of the log; what comes late becomes a supplement."""
