"""The chapter on numerical computation: its examples as problems, its algorithms as routines."""
