"""Measures mailconnect beside its peers and beside the floor that its libraries set; docs/performance.md says how."""
