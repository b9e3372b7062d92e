"""What can be asked: each function describes one operation, and both clients have it as a method."""
