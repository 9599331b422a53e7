import type { RuleCase } from '../rule-case.js';
import { counterIncreaseCases } from './counter-increase.js';

const PUSHES = 'result:gateway_pending_write_pushes:increase';
const RELAY_PUSHES = 'relay_result:gateway_pending_write_pushes:increase';
const SLOW = 'gateway:gateway_pending_write_push_wait_slow:ratio';
const UP = 'up{job="gateway", instance="g1"}';
const pushes = (labels: string) => `gateway_pending_write_push_total{job="gateway", instance="g1"${labels}}`;
const bucket = (le: string, relay = 'a') =>
  `gateway_pending_write_push_wait_seconds_bucket{job="gateway", instance="g1", relay="${relay}", le="${le}"}`;
const success = { result: 'success' };
const error = { result: 'error' };

export const pushWaitCases: readonly RuleCase[] = [
  {
    rule: 'GatewayPushWaitHigh',
    name: 'fires when more than half of the acknowledgements have been slow for 20 minutes, and ends with it',
    aspects: ['fires', 'boundary', 'resolves'],
    series: { [SLOW]: '0.5 0.5 0.51x40 0.5' },
    firing: { '20m30s': [], '21m': [{}], '21m30s': [] },
  },
  {
    rule: 'GatewayPushWaitHigh',
    name: 'stays silent for workers that came back together once',
    aspects: ['silent'],
    series: { [SLOW]: '1x30 stale' },
    firing: { '15m': [], '25m': [] },
  },
  {
    rule: 'GatewayPushWaitHigh',
    name: 'stays silent where no acknowledgement is recorded',
    aspects: ['absent'],
    series: {},
    firing: { '30m': [] },
  },

  {
    rule: 'GatewayPushesFailing',
    name: 'fires when more than half of the pushes have failed for 15 minutes, and ends when they succeed again',
    aspects: ['fires', 'resolves'],
    // 52 of 100 at first, then 0 of 60
    series: { [`${PUSHES}{result="error"}`]: '52x39 0x10', [`${PUSHES}{result="success"}`]: '48x39 60x10' },
    firing: { '14m30s': [], '15m': [{}], '19m30s': [{}], '20m': [] },
  },
  {
    rule: 'GatewayPushesFailing',
    name: 'fires when pushes have failed without a pause for 15 minutes on top of the 15 it looks back, however many succeed',
    aspects: ['fires', 'boundary', 'resolves'],
    series: {
      [`${PUSHES}{result="error"}`]: '0x9 1x90 0x20',
      [`${PUSHES}{result="success"}`]: '99x120',
    },
    // never less than one in the 15 minutes from 20m on
    firing: { '34m30s': [], '35m': [{}], '50m': [{}], '50m30s': [] },
  },
  {
    rule: 'GatewayPushesFailing',
    name: 'stays silent when exactly half of them fail, with a pause',
    aspects: ['boundary', 'silent'],
    series: { [`${PUSHES}{result="error"}`]: '2x20 0 2x70', [`${PUSHES}{result="success"}`]: '2x20 0 2x70' },
    // the last 15 minutes are without a pause from 26m on
    firing: { '16m': [], '25m': [], '26m': [], '40m30s': [], '41m': [{}] },
  },
  {
    rule: 'GatewayPushesFailing',
    name: 'fires 15 minutes after the share rose above half, although none failed just before',
    aspects: ['fires', 'boundary'],
    series: { [`${PUSHES}{result="error"}`]: '0x9 52x39 0x10', [`${PUSHES}{result="success"}`]: '48x60' },
    firing: { '19m30s': [], '20m': [{}], '24m30s': [{}], '25m': [] },
  },
  {
    rule: 'GatewayPushesFailing',
    name: 'takes more than half a failure for one that never ceases',
    aspects: ['fires', 'boundary'],
    series: { [`${PUSHES}{result="error"}`]: '0.52x40', [`${PUSHES}{result="success"}`]: '99x40' },
    firing: { '14m30s': [], '15m': [{}] },
  },
  {
    rule: 'GatewayPushesFailing',
    name: 'does not take half a failure for one',
    aspects: ['boundary', 'silent'],
    series: { [`${PUSHES}{result="error"}`]: '0.5x80', [`${PUSHES}{result="success"}`]: '99x80' },
    firing: { '15m': [], '35m': [] },
  },
  {
    rule: 'GatewayPushesFailing',
    name: 'fires for the very first failures, before there was any success',
    aspects: ['fires'],
    series: { [`${PUSHES}{result="error"}`]: '0.9x40' },
    firing: { '15m': [{}] },
  },
  {
    rule: 'GatewayPushesFailing',
    name: 'stays silent when nothing is pushed: every worker is away',
    aspects: ['silent'],
    series: { [`${PUSHES}{result="error"}`]: '0x80', [`${PUSHES}{result="success"}`]: '0x80' },
    firing: { '16m': [], '35m': [] },
  },
  {
    rule: 'GatewayPushesFailing',
    name: 'stays silent for a laptop that is closed during pushes: two failures, then nothing',
    aspects: ['silent'],
    series: { [`${PUSHES}{result="error"}`]: '0x9 1 2x14 1 0x40', [`${PUSHES}{result="success"}`]: '0x80' },
    firing: { '10m': [], '13m': [], '20m': [], '25m': [] },
  },
  {
    rule: 'GatewayPushesFailing',
    name: 'stays silent where nothing is measured',
    aspects: ['absent'],
    series: {},
    firing: { '16m': [] },
  },

  ...counterIncreaseCases({
    rule: PUSHES,
    window: 14,
    series: (job, instance) =>
      `gateway_pending_write_push_total{job="${job}", instance="${instance}", result="success", relay="a"}`,
    labels: success,
    decoys: [],
    positiveOnly: false,
  }),
  ...counterIncreaseCases({
    rule: RELAY_PUSHES,
    window: 14,
    series: (job, instance) =>
      `gateway_pending_write_push_total{job="${job}", instance="${instance}", result="success", relay="a"}`,
    labels: { relay: 'a', ...success },
    decoys: ['g1', 'g2'].map(
      (g) => `gateway_pending_write_push_total{job="gateway", instance="${g}", result="success"}`,
    ),
    positiveOnly: false,
  }),
  {
    rule: RELAY_PUSHES,
    name: 'is absent where the build does not label pushes by relay',
    aspects: ['absent'],
    series: { [UP]: '1x60', [pushes(', result="success"')]: '_x30 9x30' },
    samples: { '17m': [] },
  },
  {
    rule: PUSHES,
    name: 'starts from 1 again after a restart of the gateway',
    aspects: ['boundary'],
    series: {
      [UP]: '1x60',
      [pushes(', result="success"')]: '7x30 stale _x3 1x20',
      [pushes(', result="error"')]: '2x60',
    },
    samples: {
      '21m': [
        { labels: success, value: 1 },
        { labels: error, value: 0 },
      ],
    },
  },
  {
    rule: SLOW,
    name: 'is the share of acknowledgements over 120 s among those within 600 s, written as Prometheus 2 writes bounds',
    aspects: ['fires', 'silent'],
    // a quarter of those within 600 s came within 120 s, far more after 600 s; another job counts for itself
    series: {
      [bucket('120')]: '0+0.0075x60',
      [bucket('600')]: '0+0.03x60',
      [bucket('+Inf')]: '0+0.14x60',
      [bucket('60')]: '0+0.01x60',
      [bucket('300')]: '0+0.02x60',
      [bucket('120').replace('"gateway"', '"other"')]: '0+0.5x60',
      [bucket('600').replace('"gateway"', '"other"')]: '0+0.6x60',
    },
    samples: { '25m': [{ labels: {}, value: 0.75 }] },
  },
  {
    rule: SLOW,
    name: 'reads the bounds as Prometheus 3 writes them, all relays together',
    aspects: ['fires'],
    series: {
      [bucket('120.0')]: '0+3x60',
      [bucket('600.0')]: '0+4x60',
      [bucket('120.0', 'b')]: '0+1x60',
      [bucket('600.0', 'b')]: '0+4x60',
    },
    samples: { '25m': [{ labels: {}, value: 0.5 }] },
  },
  {
    rule: SLOW,
    name: 'is absent when no worker acknowledged within 10 minutes, and for a histogram that is never fed',
    aspects: ['absent', 'boundary'],
    series: { [bucket('120')]: '3x60', [bucket('600')]: '4x60', [bucket('+Inf')]: '4+1x60' },
    samples: { '25m': [] },
  },
];
