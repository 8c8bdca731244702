locals {
  metrics_host = azurerm_monitor_data_collection_endpoint.this.metrics_ingestion_endpoint
  metrics_rule = azurerm_monitor_data_collection_rule.this.immutable_id
}

output "logs_id" {
  description = "Where logs go."
  value       = azurerm_log_analytics_workspace.this.id
}

output "metrics_id" {
  description = "Where metrics go, for grants."
  value       = azurerm_monitor_data_collection_rule.this.id
}

output "metrics_write_url" {
  description = "Address that Prometheus writes to."
  value       = "${local.metrics_host}/dataCollectionRules/${local.metrics_rule}/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24"
}

output "alert_channels" {
  description = "Where alerts are sent."
  value       = [azurerm_monitor_action_group.alerts.id]
}
