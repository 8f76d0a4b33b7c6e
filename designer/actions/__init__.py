"""What a person can ask for: one function is one use case is one transaction. Called by `api`, `live`, `cli` and `conductor`.

Every function takes the installation first, answers with models of `contract`, and raises `designer.errors`.
"""
