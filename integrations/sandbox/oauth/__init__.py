"""Installing the app: the consent page, codes and tokens, and whose token may do what."""
