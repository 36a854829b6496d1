"""The go command's own graphs and build lists."""
