"""WHERE the winner changes: studies, machines, sweeps, the frontier and its map."""
