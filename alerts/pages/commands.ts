/*
 * Commands that several pages and the operator procedure share. They use the variables that the renderer sets: $RELAY, $GATEWAY,
 * $SECRET_FILE, $STATE_FILE, $PROMETHEUS, $ALERTMANAGER.
 */

/** The objects of a response that name the relay, without confidential fields. */
const ABOUT_RELAY = `jq -c --arg relay "$RELAY" '.. | objects | select(any(.[]; . == $relay)) | del(.leaseId, .escrowId, .pushId, .peerKey)'`;

/** Prints what the gateway knows about the mirrors of the relay. */
export const mirrorsCommand = `curl -sS "$GATEWAY/api/blind-peer/replicas" | ${ABOUT_RELAY}`;

/** Prints the registration of the relay. */
export const registrationCommand = `curl -sS "$GATEWAY/api/relays" | ${ABOUT_RELAY}`;

/** Requests an escrow lease with a signature. */
export const requestLeaseCommand = [
  ': "${LAG_MS:?set it to lagMs of the best mirror of the relay}"',
  ': "${LAST_HEALTHY_MS:?set it to when a worker of the relay was last online, in milliseconds since the epoch}"',
  `PAYLOAD=$(jq -cnS --arg relay "$RELAY" --argjson lag "$LAG_MS" --argjson seen "$LAST_HEALTHY_MS" '{`,
  '  relayKey: $relay, requesterId: "on-call", evidence: {',
  '    registration: {escrowEnabled: true},',
  '    peerHealth: {healthyCount: 0, lastHealthyAt: $seen},',
  "    mirror: {lagMs: $lag, lastSyncedAt: (now * 1000 - $lag | floor)}}}')",
  'curl -sS -X POST "$GATEWAY/api/escrow/leases/$RELAY/request" -H \'content-type: application/json\' \\',
  `  -d "{\\"payload\\":$PAYLOAD,\\"signature\\":\\"$(printf %s "$PAYLOAD" | sign)\\"}"`,
].join('\n');

/** Lists the leases of the gateway with a signature. */
export const queryLeasesCommand = [
  `PAYLOAD=$(jq -cnS --arg relay "$RELAY" '{relayKey: $relay}')`,
  'curl -sS -G "$GATEWAY/api/escrow/leases/query" \\',
  '  --data-urlencode "payload=$PAYLOAD" --data-urlencode "signature=$(printf %s "$PAYLOAD" | sign)" |',
  `  jq -c --arg relay "$RELAY" '.. | objects | select(.relayKey? == $relay) | {status, issuedAt, expiresAt, releasedAt}'`,
].join('\n');

/** Clears the pending metadata of the relay with a signature. */
export const clearCommand = [
  `PAYLOAD=$(jq -cnS --arg relay "$RELAY" '{action: "resync-complete", relayKey: $relay}')`,
  'curl -sS -X POST "$GATEWAY/api/relays/$RELAY/resync-complete" -H "x-signature: $(printf %s "$PAYLOAD" | sign)" -w \'\\n%{http_code}\\n\'',
].join('\n');

/** Uploads a small file, which marks the relay as pending and starts the pushes. */
export const uploadCommand = [
  ': "${IDENTIFIER:?set it to driveIdentifier of the relay in the state file of its worker}"',
  'echo resync | curl -sS -T - "$GATEWAY/drive/$IDENTIFIER/resync-$(date +%s).txt" -w \'\\n%{http_code}\\n\'',
].join('\n');

/** On the host of the worker: whether the state file is valid, and its entry for the relay. */
export const stateFileCommand = [
  'jq -e . "$STATE_FILE" > /dev/null && echo valid',
  `jq -c --arg relay "$RELAY" '(.notifications // .relays // [])[] | select(.relayKey == $relay) |`,
  `  {state, status, pendingSince, updatedAt, driveIdentifier}' "$STATE_FILE"`,
].join('\n');

/** On the host of the worker: whether the state file is valid JSON. */
export const validFileCommand = 'ls -l "$STATE_FILE"; jq -e . "$STATE_FILE" > /dev/null && echo valid';

/** Follows a text about the IPC messages, which no command sends. */
export const CHECKS_ONLY = 'The command only checks the file.';

/** On the host of the worker: log lines about jobs. */
export const workerLogCommand = [
  ': "${WORKER_LOG:?set it to the path of the log of the worker}"',
  "grep -F -e '[PendingWrites] Job failed' -e '[PendingWrites] Job complete' \"$WORKER_LOG\" | tail -n 20",
].join('\n');

/** On the host of the worker: log lines about failed rotations. */
export const rotationLogCommand = [
  ': "${WORKER_LOG:?set it to the path of the log of the worker}"',
  "grep -F -e 'Gateway writer rotation failed' -e 'Escrow deposit request failed' \"$WORKER_LOG\" | tail -n 20",
].join('\n');

/** On the host of the gateway: log lines that contain one of the words. */
export const gatewayLogCommand = (...words: readonly string[]) =>
  [
    ': "${GATEWAY_LOG:?set it to the path of the log of the gateway}"',
    `grep -F ${words.map((word) => `-e '${word}'`).join(' ')} "$GATEWAY_LOG" | tail -n 20`,
  ].join('\n');
