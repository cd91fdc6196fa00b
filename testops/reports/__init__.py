"""What the doors show, as plain values: each number with what it was made of."""
