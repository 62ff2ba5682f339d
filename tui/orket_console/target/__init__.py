"""One Orket installation: where it is, how it is configured, what it consists of."""
