"""Finding a mark by its words, with or without diacritics, with reasons for the order."""
