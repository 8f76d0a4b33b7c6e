"""Which modules exist: read.py reads a specification from source text, catalogue.py finds modules in folders.

A module's source is only ever text here: it is never imported, compiled to run, or evaluated.
"""
