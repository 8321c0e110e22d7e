"""Measures mailconnect, its peers, and the floor that its libraries set; docs/performance.md says how."""
