"""Builds the documentation: reference pages from the program itself, checks of what the pages say, a static site."""
