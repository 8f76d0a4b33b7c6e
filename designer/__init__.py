"""Designer: an open, self-hosted pipeline designer.

`designer.module` holds the words a module author writes with, `designer.step` what a running step can report;
both need only the standard library. Everything else is the server.
"""

__version__ = "0.1.0"
