/*
 * Commands that several pages and the operator procedure share. They use the variables and functions that the renderer sets:
 * $RELAY, $GATEWAY, $STATE_FILE and others, `api` (a request to the gateway) and `sign`. A command that is run on another host
 * comes with it, so that its block sets its variables again.
 */

import type { PageStep } from '../../src/model/runbook.js';

type Command = Pick<PageStep, 'command' | 'host'>;

/** Leaves out the confidential fields of a response. */
const WITHOUT_IDS = 'del(.. | objects | .leaseId, .escrowId, .pushId, .peerKey, .ownerPeerKey)';

/** The objects of a response that name the relay, without confidential fields. */
const ABOUT_RELAY = `jq -c --arg relay "$RELAY" '.. | objects | select(any(.[]; . == $relay)) | ${WITHOUT_IDS}'`;

/** Prints what the gateway knows about the mirrors of the relay. */
export const mirrorsCommand = `api "$GATEWAY/api/blind-peer/replicas" | ${ABOUT_RELAY}`;

/** Prints what the gateway knows about all mirrors. */
export const allMirrorsCommand = `api "$GATEWAY/api/blind-peer/replicas" | jq '${WITHOUT_IDS}'`;

/** Prints the registration of the relay. */
export const registrationCommand = `api "$GATEWAY/api/relays" | ${ABOUT_RELAY}`;

/** Requests an escrow lease with a signature. */
export const requestLeaseCommand = [
  `PAYLOAD=$(jq -cnS --arg relay "$RELAY" --argjson lag "$LAG_MS" --argjson seen "$LAST_HEALTHY_MS" '{`,
  '  relayKey: $relay, requesterId: "on-call", evidence: {',
  '    registration: {escrowEnabled: true},',
  '    peerHealth: {healthyCount: 0, lastHealthyAt: $seen},',
  "    mirror: {lagMs: $lag, lastSyncedAt: (now * 1000 - $lag | floor)}}}')",
  'api -X POST "$GATEWAY/api/escrow/leases/$RELAY/request" -H \'content-type: application/json\' \\',
  `  -d "{\\"payload\\":\${PAYLOAD:?see the error above},\\"signature\\":\\"$(printf %s "$PAYLOAD" | sign)\\"}"`,
].join('\n');

/** Lists the leases of the gateway with a signature. */
export const queryLeasesCommand = [
  `PAYLOAD=$(jq -cnS --arg relay "$RELAY" '{relayKey: $relay}')`,
  'api -G "$GATEWAY/api/escrow/leases/query" \\',
  '  --data-urlencode "payload=$PAYLOAD" --data-urlencode "signature=$(printf %s "$PAYLOAD" | sign)" |',
  `  jq -c --arg relay "$RELAY" '.. | objects | select(.relayKey? == $relay) | {status, issuedAt, expiresAt, releasedAt}'`,
].join('\n');

/** Clears the pending metadata of the relay with a signature. */
export const clearCommand = [
  `PAYLOAD=$(jq -cnS --arg relay "$RELAY" '{action: "resync-complete", relayKey: $relay}')`,
  'api -X POST "$GATEWAY/api/relays/$RELAY/resync-complete" -H "x-signature: $(printf %s "$PAYLOAD" | sign)"',
].join('\n');

/** Uploads a small file, which marks the relay as pending and starts the pushes. */
export const uploadCommand =
  'echo resync | curl -sS -T - "$GATEWAY/drive/${IDENTIFIER:?see above}/resync-$(date +%s).txt" -w \'\\n%{http_code}\\n\'';

/** Whether the state file is one JSON object; two documents in a row are a splice. */
const isValid = [
  'ls -l "$STATE_FILE"',
  'if [ ! -e "$STATE_FILE" ]; then echo \'not checked: no file at this path; see "Read the state file"\'',
  'elif [ ! -r "$STATE_FILE" ]; then echo "not checked: you may not read it"',
  'elif ! command -v jq > /dev/null; then echo "not checked: jq is not installed here"',
  `elif jq -es 'length == 1 and (.[0] | type == "object")' "$STATE_FILE" > /dev/null; then echo valid`,
  "else echo 'NOT valid, if a second check says the same: the worker may have been writing'; fi",
];

/** On the host of the worker: whether the state file is valid, and its entry for the relay. */
export const stateFileCommand: Command = {
  host: 'worker',
  command: [
    ...isValid,
    `jq -c --arg relay "$RELAY" '(.notifications // .relays // [])[] | select(.relayKey == $relay) |`,
    `  {state, status, pendingSince, updatedAt, driveIdentifier}' "$STATE_FILE"`,
  ].join('\n'),
};

/** On the host of the worker: whether the state file is valid JSON. */
export const validFileCommand: Command = { host: 'worker', command: isValid.join('\n') };

/** On the host of the worker: the relays that are pending in the state file. */
export const pendingInFileCommand: Command = {
  host: 'worker',
  command: `jq -r '(.notifications // .relays // [])[] | select(.state == "pending" or .status == "error") | .relayKey' "$STATE_FILE"`,
};

/** Follows a text about the IPC messages, which no command sends, while the file is broken. */
export const REWRITE_ONLY =
  'No documented shell command sends the IPC messages `stop-gateway` and `start-gateway`. If you cannot send them, ask the owner of the worker. If the owner cannot either, leave it until working hours, do not restart the app, and then ask the developers of the app. The command below only checks the file.';

/** The targets of Prometheus with their errors, and those that relabelling dropped. */
export const targetsCommand = [
  `curl -sS "\${PROMETHEUS:?see above}/api/v1/targets?state=any" | jq -r '.data |`,
  `  (.activeTargets[] | ["active", .labels.job, .scrapeUrl, .lastError]),`,
  `  (.droppedTargets[] | ["dropped", .discoveredLabels.job, .discoveredLabels.__address__, ""]) | @tsv'`,
].join('\n');

/** On the host of the worker: log lines about jobs. */
export const workerLogCommand: Command = {
  host: 'worker',
  command:
    "grep -F -e '[PendingWrites] Job failed' -e '[PendingWrites] Job complete' \"${WORKER_LOG:?see above}\" | tail -n 20",
};

/** On the host of the worker: log lines about failed rotations. */
export const rotationLogCommand: Command = {
  host: 'worker',
  command:
    "grep -F -e 'Gateway writer rotation failed' -e 'Escrow deposit request failed' \"${WORKER_LOG:?see above}\" | tail -n 20",
};

/** On the host of the gateway: log lines that contain one of the words. */
export const gatewayLogCommand = (...words: readonly string[]): Command => ({
  host: 'gateway',
  command: `grep -F ${words.map((word) => `-e '${word}'`).join(' ')} "\${GATEWAY_LOG:?see above}" | tail -n 20`,
});
