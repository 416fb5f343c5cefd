"""The protocol of runners: what the machines that build ask the control plane, under /runner."""
