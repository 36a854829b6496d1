"""Maven's own dependency trees."""
