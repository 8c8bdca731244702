output "logs_id" {
  description = "Where logs go."
  value       = aws_cloudwatch_log_group.this.arn
}

output "metrics_id" {
  description = "Where metrics go, for grants."
  value       = aws_prometheus_workspace.this.arn
}

output "metrics_write_url" {
  description = "Address that Prometheus writes to."
  value       = "${aws_prometheus_workspace.this.prometheus_endpoint}api/v1/remote_write"
}

output "alert_channels" {
  description = "Where alerts are sent."
  value       = [aws_sns_topic.alerts.arn]
}
