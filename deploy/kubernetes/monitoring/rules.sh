#!/bin/sh
# Prometheus' rules for the operator: a PrometheusRule of each file of monitoring/prometheus/rules, which stays the only
# place where they are written.
#
#   sh deploy/kubernetes/monitoring/rules.sh | kubectl apply --filename -
set -eu
cd "$(dirname "$0")/../../../monitoring/prometheus/rules"
for file in *.yml; do
    printf -- '---\napiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\n'
    printf 'metadata:\n  name: opsflows-%s\n  namespace: opsflows\nspec:\n' "${file%.yml}"
    sed 's/^/  /' "$file"
done
