"""Wiring: settings, services, use cases, command line. The only place that knows every class."""
