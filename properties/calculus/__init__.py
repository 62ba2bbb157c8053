"""Derivatives of random and named functions by TensorFlow's tapes."""
