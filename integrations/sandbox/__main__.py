"""Starts the sandbox without Django: `python -m integrations.sandbox --port 9000`."""

from integrations.sandbox.cli import main

raise SystemExit(main())
