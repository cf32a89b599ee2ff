"""Which outside accounts feed a workspace, and what each provider can do."""
