"""Routines of tf.math."""
