"""Checking signatures of attestations."""
