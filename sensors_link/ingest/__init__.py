"""The doors of readings: push, CSV by page, CSV by command."""
