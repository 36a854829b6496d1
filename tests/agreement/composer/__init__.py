"""How often we choose as Composer does."""
