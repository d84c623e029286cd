"""Nobody sees what is another's: worlds at random, and everything that can be asked in them."""
