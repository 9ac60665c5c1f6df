"""Devices, the datastreams they fill, and the key that a device pushes with."""
