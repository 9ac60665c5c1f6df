"""A farm that could be: weather, soil and pond with the truth known, and faults put in on purpose.

Pure and reproducible: the same seed gives the same numbers on every machine. Whatever is made here is
shown as simulated, everywhere. Every constant is the developers' assumption for lowland southern
Vietnam unless a source is named beside it.
"""
