"""`python -m designer.cli` is `designer`."""

import sys

from designer.cli import main

sys.exit(main())
