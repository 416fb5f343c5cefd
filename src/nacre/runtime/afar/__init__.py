"""Apps on other machines: what the control plane asks of their runtimes, and what answers there."""
