"""Routines of tf.linalg."""
