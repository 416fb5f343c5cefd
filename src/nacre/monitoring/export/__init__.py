"""Files with which other products watch this Nacre: Prometheus, Alertmanager, VictoriaMetrics, Grafana."""
