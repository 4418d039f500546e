"""What people read: diagnostics, tables, traces and diagrams, for a terminal and as JSON."""
