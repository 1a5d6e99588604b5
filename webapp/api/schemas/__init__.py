"""What the API takes in and gives out. Inputs of use cases are those of ``services/inputs.py``."""
