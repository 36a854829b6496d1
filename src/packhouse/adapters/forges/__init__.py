"""Clients of the services that tell of source repositories."""
