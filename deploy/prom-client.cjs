// What the exporter uses of prom-client, in place of its index: that one also loads a push gateway client, summaries and OpenTelemetry,
// which cost 10 MB of memory. The metrics of the process are loaded where they are asked for.
exports.Registry = require('prom-client/lib/registry');
exports.Gauge = require('prom-client/lib/gauge');
exports.Counter = require('prom-client/lib/counter');
exports.collectDefaultMetrics = (config) => require('prom-client/lib/defaultMetrics')(config);
