# Who the nodes are, and who administers the cluster.

resource "google_service_account" "node" {
  project      = var.account
  account_id   = "${var.name}-node"
  display_name = "Nodes of ${var.name}"
}

resource "google_project_iam_member" "node" {
  project = var.account
  role    = "roles/container.defaultNodeServiceAccount"
  member  = google_service_account.node.member
}

resource "google_project_iam_member" "admin" {
  for_each = var.admins

  project = var.account
  role    = "roles/container.admin"
  member  = "group:${each.value}"
}
