"""SERMI: emotion in speech, and features that make scarce training data go further."""

__version__ = "0.2.0"
