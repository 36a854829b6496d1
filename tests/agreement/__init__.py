"""How often our resolvers agree with the real clients: recorded answers, and the records they were made from."""
