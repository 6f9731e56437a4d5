"""What operators see: figures of every process, read from their /metrics and from nowhere else."""
