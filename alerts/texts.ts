/**
 * Template text for the value of an alert as a whole number with its noun: `1 write`, `3 writes`. An `increase` may yield
 * 0.97, so the number is rounded before it is compared.
 *
 * @param noun singular; the plural gets an s
 */
export const counted = (noun: string): string =>
  `{{ $count := printf "%.0f" $value }}{{ $count }} ${noun}{{ if ne $count "1" }}s{{ end }}`;

/** Template text for a value that is a Unix time, as `2006-01-02 15:04 UTC`, the form that the notification templates use. */
export const VALUE_AS_TIME =
  '{{ $value | humanizeTimestamp | reReplaceAll ":[0-9][0-9]([.][0-9]+)? [+]0000 " " " }}';

/** Template text for the name of a relay: the first 12 digits of a key of 64 hexadecimal digits, any other name as a whole. */
export const RELAY = '{{ reReplaceAll "^([0-9a-fA-F]{12})[0-9a-fA-F]{52}$" "${1}…" $labels.relay }}';

/** How urgent a warning about the writes of a relay is, and its first action. The first checks of its page are about the mirrors. */
export const MIRRORS_FIRST =
  'First check the mirrors now, which takes two minutes: if they are healthy, the rest can wait until the morning.';

/** The part inside the worker app, which is easily taken for the gateway, and the condition for restarting it. */
export const RESTART_SERVICE =
  'restart the gateway service inside the worker app (not the gateway), but only if its state file is valid: a restart on a broken file loses the queue';
