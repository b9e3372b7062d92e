"""Pure operations on pictures: arrays in, arrays out."""
