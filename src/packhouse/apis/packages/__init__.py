"""The unified API /packages/v1: the same questions and answers for every registry."""
