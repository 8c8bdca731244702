# A pool of nodes with encrypted disks, out of reach of what runs on them.

locals {
  instance_types = {
    small  = ["m7i.large", "m6i.large"]
    medium = ["m7i.xlarge", "m6i.xlarge"]
    large  = ["m7i.2xlarge", "m6i.2xlarge"]
    xlarge = ["m7i.4xlarge", "m6i.4xlarge"]
  }

  effects = {
    NoSchedule       = "NO_SCHEDULE"
    PreferNoSchedule = "PREFER_NO_SCHEDULE"
    NoExecute        = "NO_EXECUTE"
  }
}

resource "aws_launch_template" "this" {
  name_prefix = "${var.cluster_id}-${var.name}-"
  tags        = var.tags

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = var.disk_gb
      encrypted             = true
      delete_on_termination = true
    }
  }

  # One hop: a pod that is not on the node's own network cannot ask for the node's credentials.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  monitoring {
    enabled = true
  }

  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume"])

    content {
      resource_type = tag_specifications.value
      tags          = merge(var.tags, { Name = "${var.cluster_id}-${var.name}" })
    }
  }
}

resource "aws_eks_node_group" "this" {
  cluster_name    = var.cluster_id
  node_group_name = var.name
  node_role_arn   = var.node_identity
  subnet_ids      = var.subnet_ids
  ami_type        = "AL2023_x86_64_STANDARD"
  capacity_type   = var.spot ? "SPOT" : "ON_DEMAND"
  instance_types  = local.instance_types[var.size]
  labels          = var.labels
  tags            = var.tags

  launch_template {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }

  scaling_config {
    min_size     = var.minimum
    max_size     = var.maximum
    desired_size = var.minimum
  }

  update_config {
    max_unavailable_percentage = 33
  }

  dynamic "taint" {
    for_each = var.taints

    content {
      key    = taint.value.key
      value  = taint.value.value
      effect = local.effects[taint.value.effect]
    }
  }

  lifecycle {
    # The autoscaler decides between the two.
    ignore_changes = [scaling_config[0].desired_size]

    precondition {
      condition     = var.minimum <= var.maximum
      error_message = "The minimum of a pool cannot exceed its maximum."
    }
  }
}
