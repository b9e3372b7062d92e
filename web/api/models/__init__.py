"""What goes in and out, typed: the schema that other systems read is drawn from these."""
