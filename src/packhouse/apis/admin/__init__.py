"""Packhouse's own API, below /api."""
