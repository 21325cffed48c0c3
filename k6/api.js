// SPDX-License-Identifier: Apache-2.0
/**
 * The API under the load of its usual readers: a load balancer's health checks, many per second, and
 * scrapes of the metrics, few but large. Both at a constant arrival rate and not in a closed loop,
 * because a closed loop asks less often exactly when the server is slow, and so hides it.
 */
import { check } from "k6";
import http from "k6/http";

const API = __ENV.AZIMUTH_API || "http://127.0.0.1:8443";
const RATE = Number(__ENV.RATE || 200);
const DURATION = `${Number(__ENV.SECONDS || 30)}s`;

export const options = {
  discardResponseBodies: false,
  scenarios: {
    health: {
      executor: "constant-arrival-rate",
      exec: "health",
      rate: RATE,
      timeUnit: "1s",
      duration: DURATION,
      preAllocatedVUs: 10,
      maxVUs: 100,
    },
    metrics: {
      executor: "constant-arrival-rate",
      exec: "metrics",
      rate: 2,
      timeUnit: "1s",
      duration: DURATION,
      preAllocatedVUs: 2,
      maxVUs: 10,
    },
  },
  thresholds: {
    checks: ["rate==1"],
    http_req_failed: ["rate==0"],
    // A load balancer gives a health check about a second; 20 ms leaves the API thread to others.
    "http_req_duration{scenario:health}": ["p(95)<20", "max<500"],
    "http_req_duration{scenario:metrics}": ["p(95)<100"],
    // Arrivals that found no free virtual user: the load was not the one that was asked for.
    dropped_iterations: ["count==0"],
  },
};

export function health() {
  const response = http.get(`${API}/healthz`);
  check(response, { "healthz says 200": (r) => r.status === 200 });
}

export function metrics() {
  const response = http.get(`${API}/metrics`);
  check(response, {
    "metrics says 200": (r) => r.status === 200,
    "metrics is Prometheus text": (r) =>
      (r.headers["Content-Type"] || "").startsWith("text/plain; version=0.0.4"),
    "metrics counts queries": (r) => r.body.includes('azimuth_queries_total{transport="udp"}'),
    "metrics ends with a line": (r) => r.body.endsWith("\n"),
  });
}
