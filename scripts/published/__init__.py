"""Published results, what makes them again, and how they compare: for scripts/reproduce."""
