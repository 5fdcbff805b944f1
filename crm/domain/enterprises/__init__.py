"""Rules about enterprises: names, credit codes, industry codes, statistical size, above-scale status and tier."""
