"""A worker: a process on another machine that takes attempts from a server and runs them there.

service.py the worker itself; attempt.py one attempt from its claim to its end; supply.py what it needs, fetched and built here;
receiver.py the process that listens to Redis; keeper.py the process that ends steps whose lease ends.
"""
