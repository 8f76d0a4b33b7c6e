"""What a pipeline is. Pure: no clock, file, socket or database.

Everyone above may call it; it imports only `launcher`, `module`, `errors` and `settings`.
"""
