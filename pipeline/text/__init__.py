"""Pure Vietnamese text work."""
