"""The typed intermediate representation: what every engine works from."""
