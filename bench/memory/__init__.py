"""`python -m bench.memory`: one process reads large and hostile mail for many at once. Its memory, and waiting
times.
"""
