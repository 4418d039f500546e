"""Properties that can be attached to any model with the state that they need."""
