"""The execution « ausol »: are people who lie on the ground found, and could an alarm tell that one does?"""
