"""Binding: signers, time stamps, appearance, PAdES, validation. The only place that imports pyHanko."""
