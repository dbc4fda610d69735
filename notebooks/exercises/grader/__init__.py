"""Grades the exercises: each submission in a sandbox, by tests that it never sees."""
