"""Sends messages to addresses that users have named."""
