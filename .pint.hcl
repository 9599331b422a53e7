# For pint (https://cloudflare.github.io/pint). Copy it beside your rules, or merge it into your own file.

# The groups run at the same interval and read each other's recorded series. The tests of the rules and the simulated
# scenarios evaluate all groups together, so a series that is one evaluation old is part of every expected time.
check "rule/dependency" {
  ignoreGroupMismatch = [
    "(gateway|instance|instance_relay|relay|relay_result|result):(gateway|pending_writes)_.+",
  ]
}

# The recorded series is absent unless a client's write was rejected: its presence is the condition.
rule {
  match {
    kind = "alerting"
    name = "GatewayWritesTurnedAway"
  }
  disable = ["alerts/comparison"]
}

# PrometheusRule manifests have the groups below `spec`, and Mimir's file names a namespace. The other manifests have no rules.
parser {
  relaxed = ["(.*/)?kubernetes/rules/.*", "(.*/)?mimir/rules.yaml"]
  exclude = ["(.*/)?kubernetes/(dashboards|monitors)/.*", "(.*/)?kubernetes/kustomization.yaml"]
}
